/* SPDX-License-Identifier: MIT
 * HTTPS listeners on loopback through libmicrohttpd and GnuTLS.
 */
#include "sandbox/sandbox-private.h"

#include "base/encode.h"
#include "base/error.h"
#include "cose/x509.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEFAULT_MAX_BODY (1024u * 1024)
#define MAX_HEADER_BYTES (16u * 1024)
#define MAX_HEADERS 256
#define CONNECTION_MEMORY (96u * 1024) /* must exceed MAX_HEADER_BYTES so that we answer 431 ourselves */
#define CONNECTIONS_MAX 1000
#define STACK_BYTES (512 * 1024)
#define IDLE_SECONDS 120
#define MAX_DROPPED_BODY (256u * 1024 * 1024)
/* The cheapest strong cipher first: it is most of what a transfer costs this side. */
#define TLS_PRIORITY                                                                                         \
  "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-CIPHER-ALL:+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305"      \
  ":%SERVER_PRECEDENCE"
#define SENT_BYTES (128u * 1024) /* of a streamed answer that are in memory */

#define PORT_FIRST 20000
#define PORT_COUNT 12000
#define PORT_DRAWS 20

struct SandboxListener {
  Sandbox *sandbox;
  char *name;
  const SandboxRoute *routes;
  SandboxHandler fallback;
  gboolean request_client_certificate;
  gsize max_body;
  SandboxSink *(*sink) (Sandbox *sandbox, const SandboxRequest *head);
  guint64 max_sink;
  guint port;
  char *url;
  struct MHD_Daemon *daemon;
};

/* What is kept for one request while it arrives. */
typedef struct {
  char *target; /* path and query as received */
  gboolean started;
  gboolean refused; /* an answer is queued already */
  gboolean too_large;
  gsize header_bytes;
  guint header_count;
  GByteArray *body;
  SandboxSink *sink; /* takes the body instead of BODY */
  guint64 length;    /* of what has arrived */
  guint64 limit;
  GHashTable *headers;
} Incoming;

static void *
on_target (void *data, const char *uri, struct MHD_Connection *connection)
{
  (void) data;
  (void) connection;
  Incoming *incoming = g_new0 (Incoming, 1);
  incoming->target = g_strdup (uri);
  incoming->body = g_byte_array_new ();
  incoming->headers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return incoming;
}

static void
on_completed (void *data, struct MHD_Connection *connection, void **state,
              enum MHD_RequestTerminationCode code)
{
  (void) data;
  (void) connection;
  (void) code;
  Incoming *incoming = *state;
  *state = NULL;
  if (!incoming)
    return;
  g_free (incoming->target);
  g_byte_array_unref (incoming->body);
  if (incoming->sink)
    incoming->sink->free (incoming->sink);
  g_hash_table_unref (incoming->headers);
  g_free (incoming);
}

/* Percent escapes stay as they are: path segments are keys and must not be decoded here. */
static size_t
on_unescape (void *data, struct MHD_Connection *connection, char *text)
{
  (void) data;
  (void) connection;
  return strlen (text);
}

static enum MHD_Result
on_header (void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  (void) kind;
  Incoming *incoming = data;
  incoming->header_bytes += strlen (name) + (value ? strlen (value) : 0) + 4;
  incoming->header_count++;
  g_hash_table_replace (incoming->headers, g_ascii_strdown (name, -1), g_strdup (value ? value : ""));
  return MHD_YES;
}

/* Ask for a certificate on every handshake of a listener that wants one; any or none is accepted. */
static void
on_connection (void *data, struct MHD_Connection *connection, void **socket_state,
               enum MHD_ConnectionNotificationCode code)
{
  (void) socket_state;
  SandboxListener *listener = data;
  if (code != MHD_CONNECTION_NOTIFY_STARTED || !listener->request_client_certificate)
    return;
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection,
                                                                  MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (!info || !info->tls_session)
    return;
  gnutls_session_t session = info->tls_session;
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUEST);
  /* Naming acceptable authorities would make clients hold back self-signed certificates. */
  gnutls_certificate_send_x509_rdn_sequence (session, 1);
}

static GBytes *
peer_certificate (struct MHD_Connection *connection)
{
  const union MHD_ConnectionInfo *info = MHD_get_connection_info (connection,
                                                                  MHD_CONNECTION_INFO_GNUTLS_SESSION);
  if (!info || !info->tls_session)
    return NULL;
  unsigned int count = 0;
  const gnutls_datum_t *peers = gnutls_certificate_get_peers (info->tls_session, &count);
  if (!peers || !count)
    return NULL;
  return g_bytes_new (peers[0].data, peers[0].size);
}

static void
release_body (void *data)
{
  g_bytes_unref (data);
}

/* Only reached by a programming error: answers to HEAD have a length but no body. */
static ssize_t
no_body (void *data, uint64_t position, char *buffer, size_t size)
{
  (void) data;
  (void) position;
  (void) buffer;
  (void) size;
  return MHD_CONTENT_READER_END_WITH_ERROR;
}

/* The reader of an answer that libmicrohttpd now owns. */
typedef struct {
  SandboxRead read;
  gpointer reader;
  GDestroyNotify reader_free;
} Stream;

static ssize_t
read_stream (void *data, uint64_t position, char *buffer, size_t size)
{
  const Stream *stream = data;
  gssize got = stream->read (stream->reader, position, buffer, size);
  return got > 0 ? got : MHD_CONTENT_READER_END_WITH_ERROR;
}

static void
free_stream (void *data)
{
  Stream *stream = data;
  if (stream->reader_free)
    stream->reader_free (stream->reader);
  g_free (stream);
}

/* Nothing is read for a HEAD: only the length is sent. */
static struct MHD_Response *
make_stream (SandboxResponse *response)
{
  Stream *stream = g_new (Stream, 1);
  *stream = (Stream){ response->read, response->reader, response->reader_free };
  response->read = NULL;
  response->reader_free = NULL;
  return MHD_create_response_from_callback (response->length, (size_t) MIN (response->length, SENT_BYTES),
                                            read_stream, stream, free_stream);
}

static struct MHD_Response *
make_response (SandboxResponse *response, const char *method)
{
  if (response->read && response->length > 0)
    return make_stream (response);
  const char *declared = g_hash_table_lookup (response->headers, "Content-Length");
  if (declared && !response->body && strcmp (method, "HEAD") == 0)
    return MHD_create_response_from_callback (g_ascii_strtoull (declared, NULL, 10), 4096, no_body, NULL,
                                              NULL);
  if (!response->body)
    return MHD_create_response_from_buffer (0, NULL, MHD_RESPMEM_PERSISTENT);
  gsize length = 0;
  gconstpointer bytes = g_bytes_get_data (response->body, &length);
  if (!length)
    return MHD_create_response_from_buffer (0, NULL, MHD_RESPMEM_PERSISTENT);
  union {
    gconstpointer borrowed;
    void *passed; /* libmicrohttpd only reads it */
  } buffer = { .borrowed = bytes };
  return MHD_create_response_from_buffer_with_free_callback_cls (length, buffer.passed, release_body,
                                                                 g_bytes_ref (response->body));
}

static enum MHD_Result
send_response (struct MHD_Connection *connection, const char *method, SandboxResponse *response)
{
  struct MHD_Response *answer = make_response (response, method);
  if (!answer)
    return MHD_NO;
  GHashTableIter iter;
  gpointer name, value;
  g_hash_table_iter_init (&iter, response->headers);
  while (g_hash_table_iter_next (&iter, &name, &value))
    if (g_ascii_strcasecmp (name, "Content-Length") != 0)
      MHD_add_response_header (answer, name, value);
  enum MHD_Result result = MHD_queue_response (connection, response->status, answer);
  MHD_destroy_response (answer);
  return result;
}

static enum MHD_Result
refuse (struct MHD_Connection *connection, Incoming *incoming, const char *method, guint status,
        const char *code, const char *message)
{
  incoming->refused = TRUE;
  g_autoptr (SandboxResponse) response = sandbox_response_new ();
  sandbox_respond_error (response, status, code, "%s", message);
  sandbox_respond_header (response, "Connection", "close");
  return send_response (connection, method, response);
}

/* What a handler sees of INCOMING; cuts its target in two. */
static SandboxRequest
request_of (Incoming *incoming, const char *method)
{
  char *question = strchr (incoming->target, '?');
  if (question)
    *question = '\0';
  return (SandboxRequest){
    .method = method,
    .path = incoming->target,
    .query = question ? question + 1 : "",
    .sink = incoming->sink,
    .length = incoming->length,
    .headers = incoming->headers,
  };
}

/* Give the body to the listener's sink, if it wants it. */
static void
choose_sink (SandboxListener *listener, Incoming *incoming, const char *method)
{
  incoming->limit = listener->max_body;
  if (!listener->sink || !g_utf8_validate (incoming->target, -1, NULL) || incoming->target[0] != '/')
    return;
  g_autofree char *target = g_strdup (incoming->target);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  SandboxRequest head = request_of (incoming, method);
  head.body = nothing;
  incoming->sink = listener->sink (listener->sandbox, &head);
  g_free (incoming->target);
  incoming->target = g_steal_pointer (&target);
  if (incoming->sink)
    incoming->limit = listener->max_sink;
}

/* Headers are complete, the body is not here yet. */
static enum MHD_Result
on_start (SandboxListener *listener, struct MHD_Connection *connection, Incoming *incoming,
          const char *method)
{
  incoming->started = TRUE;
  MHD_get_connection_values (connection, MHD_HEADER_KIND, on_header, incoming);
  if (incoming->header_count > MAX_HEADERS || incoming->header_bytes > MAX_HEADER_BYTES
      || strlen (incoming->target) > MAX_HEADER_BYTES)
    return refuse (connection, incoming, method, 431, "RequestHeaderTooLarge",
                   "The request headers are larger than this server accepts.");
  choose_sink (listener, incoming, method);
  const char *length = g_hash_table_lookup (incoming->headers, "content-length");
  guint64 announced = length ? g_ascii_strtoull (length, NULL, 10) : 0;
  if (announced <= incoming->limit)
    return MHD_YES;
  /* An answer before the body has come would be lost in the reset of the connection, so take and drop the
   * body, unless the client waits for leave to send it or it would never end. */
  if (g_hash_table_contains (incoming->headers, "expect") || announced > MAX_DROPPED_BODY)
    return refuse (connection, incoming, method, 413, "RequestBodyTooLarge",
                   "The request body is larger than this server accepts.");
  incoming->too_large = TRUE;
  return MHD_YES;
}

static void
handle (SandboxListener *listener, struct MHD_Connection *connection, Incoming *incoming, const char *method,
        SandboxResponse *response)
{
  g_autoptr (GBytes) body = g_byte_array_free_to_bytes (g_steal_pointer (&incoming->body));
  incoming->body = g_byte_array_new ();
  g_autoptr (GBytes) certificate = peer_certificate (connection);
  g_autoptr (GPtrArray) parameters = g_ptr_array_new_with_free_func (g_free);
  SandboxRequest request = request_of (incoming, method);
  request.body = body;
  request.client_certificate = certificate;
  request.parameters = parameters;
  if (!g_utf8_validate (request.path, -1, NULL) || request.path[0] != '/')
    sandbox_respond_error (response, 400, "InvalidResourceName", "The path is not valid.");
  else if (listener->routes
           && sandbox_route_dispatch (listener->sandbox, listener->routes, &request, response))
    return;
  else if (listener->fallback)
    listener->fallback (listener->sandbox, &request, response);
  else
    sandbox_respond_error (response, 404, "ResourceNotFound", "Unknown path: %s.", request.path);
}

static void
take_piece (Incoming *incoming, const guint8 *data, gsize length)
{
  incoming->length += length;
  if (incoming->length > incoming->limit)
    incoming->too_large = TRUE;
  if (incoming->too_large || incoming->refused)
    return;
  if (incoming->sink)
    incoming->sink->write (incoming->sink, data, length);
  else
    g_byte_array_append (incoming->body, data, (guint) length);
}

static enum MHD_Result
on_request (void *data, struct MHD_Connection *connection, const char *url, const char *method,
            const char *version, const char *upload, size_t *upload_size, void **state)
{
  (void) url;
  (void) version;
  SandboxListener *listener = data;
  Incoming *incoming = *state;
  if (!incoming->started)
    return on_start (listener, connection, incoming, method);
  if (*upload_size) {
    take_piece (incoming, (const guint8 *) upload, *upload_size);
    *upload_size = 0;
    return MHD_YES;
  }
  if (incoming->refused)
    return MHD_YES;
  if (incoming->too_large)
    return refuse (connection, incoming, method, 413, "RequestBodyTooLarge",
                   "The request body is larger than this server accepts.");
  g_autoptr (SandboxResponse) response = sandbox_response_new ();
  handle (listener, connection, incoming, method, response);
  return send_response (connection, method, response);
}

/* A listening socket on 127.0.0.1:PORT (0 = free one); -1 and ERROR on failure. */
static int
open_socket (const char *name, guint *port, GError **error)
{
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET,
                                 .sin_port = htons ((guint16) *port),
                                 .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  int one = 1;
  if (fd >= 0 && setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one) == 0
      && bind (fd, (struct sockaddr *) &address, sizeof address) == 0 && listen (fd, 128) == 0
      && getsockname (fd, (struct sockaddr *) &address, &length) == 0) {
    /* Its connections inherit this: on loopback pacing (BBR) only costs. Without it the kernel's own stays. */
    (void) !setsockopt (fd, IPPROTO_TCP, TCP_CONGESTION, "reno", strlen ("reno"));
    *port = ntohs (address.sin_port);
    return fd;
  }
  int reason = errno;
  if (fd >= 0)
    close (fd);
  if (reason == EADDRINUSE)
    cr_set_error (
        error, CR_ERROR_ADMIN, "Stop the program that uses the port, then start the local environment again.",
        "port %u, which the local environment uses for '%s', is taken by another program", *port, name);
  else
    cr_set_error (error, CR_ERROR_ADMIN, NULL, "cannot listen on 127.0.0.1 for '%s': %s", name,
                  g_strerror (reason));
  return -1;
}

/* A new listener keeps its port for good, so it is drawn below the range from which the kernel takes ports
 * for outgoing connections: one of those could sit on it at the next start. */
static int
open_new_socket (const char *name, guint *port, GError **error)
{
  for (guint i = 0; i < PORT_DRAWS; i++) {
    guint16 drawn;
    cr_random_bytes (&drawn, sizeof drawn);
    *port = PORT_FIRST + drawn % PORT_COUNT;
    int fd = open_socket (name, port, NULL);
    if (fd >= 0)
      return fd;
  }
  *port = 0;
  return open_socket (name, port, error);
}

static gboolean
start_daemon (SandboxListener *listener, const SandboxListenerOptions *options, int fd, GError **error)
{
  g_auto (CrSecretText) own_key = options->key ? cose_key_private_pem (options->key) : NULL;
  const char *key = own_key ? own_key : sandbox_leaf_key_pem (listener->sandbox);
  const char *certificate = options->certificate_pem ? options->certificate_pem
                                                     : sandbox_leaf_chain_pem (listener->sandbox);
  guint threads = options->threads ? options->threads : 2;
  struct MHD_OptionItem items[] = {
    { MHD_OPTION_LISTEN_SOCKET, fd, NULL },
    { MHD_OPTION_THREAD_POOL_SIZE, threads, NULL },
    { MHD_OPTION_CONNECTION_TIMEOUT, IDLE_SECONDS, NULL },
    { MHD_OPTION_END, 0, NULL },
  };
  unsigned int mode = MHD_USE_TLS | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_AUTO;
  if (options->thread_per_connection) {
    mode |= MHD_USE_THREAD_PER_CONNECTION;
    items[1] = (struct MHD_OptionItem){ MHD_OPTION_THREAD_STACK_SIZE, STACK_BYTES, NULL };
  } else if (threads < 2)
    items[1] = items[2], items[2].option = MHD_OPTION_END;
  listener->daemon = MHD_start_daemon (
      mode, (uint16_t) listener->port, NULL, NULL, on_request, listener, MHD_OPTION_ARRAY, items,
      MHD_OPTION_HTTPS_MEM_KEY, key, MHD_OPTION_HTTPS_MEM_CERT, certificate, MHD_OPTION_HTTPS_PRIORITIES,
      TLS_PRIORITY, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t) CONNECTION_MEMORY,
      MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX, MHD_OPTION_URI_LOG_CALLBACK, on_target, NULL,
      MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL, MHD_OPTION_NOTIFY_COMPLETED, on_completed, NULL,
      MHD_OPTION_NOTIFY_CONNECTION, on_connection, listener, MHD_OPTION_END);
  if (listener->daemon)
    return TRUE;
  cr_set_error (error, CR_ERROR_FAILED, NULL, "the listener '%s' cannot be started", listener->name);
  return FALSE;
}

SandboxListener *
sandbox_listen (Sandbox *sandbox, const SandboxListenerOptions *options, GError **error)
{
  g_return_val_if_fail (options->routes || options->fallback, NULL);
  guint recorded = sandbox_port_recorded (sandbox, options->name);
  guint port = recorded;
  int fd = recorded ? open_socket (options->name, &port, error)
                    : open_new_socket (options->name, &port, error);
  if (fd < 0)
    return NULL;
  if (!recorded && !sandbox_port_record (sandbox, options->name, port, error)) {
    close (fd);
    return NULL;
  }
  SandboxListener *listener = g_new0 (SandboxListener, 1);
  listener->sandbox = sandbox;
  listener->name = g_strdup (options->name);
  listener->routes = options->routes;
  listener->fallback = options->fallback;
  listener->request_client_certificate = options->request_client_certificate;
  listener->max_body = options->max_body ? options->max_body : DEFAULT_MAX_BODY;
  listener->sink = options->sink;
  listener->max_sink = options->max_sink;
  listener->port = port;
  listener->url = g_strdup_printf ("https://127.0.0.1:%u", port);
  if (!start_daemon (listener, options, fd, error)) {
    close (fd);
    sandbox_listener_free (listener);
    return NULL;
  }
  sandbox_add_listener (sandbox, options->name, listener);
  sandbox_log (sandbox, "listener %s on %s", listener->name, listener->url);
  return listener;
}

const char *
sandbox_listener_url (const SandboxListener *listener)
{
  return listener->url;
}

void
sandbox_listener_free (SandboxListener *listener)
{
  if (!listener)
    return;
  if (listener->daemon)
    MHD_stop_daemon (listener->daemon); /* closes the socket */
  g_free (listener->name);
  g_free (listener->url);
  g_free (listener);
}
