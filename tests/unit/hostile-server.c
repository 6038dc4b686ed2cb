/* SPDX-License-Identifier: MIT
 * The misbehaving HTTPS server of the client tests (hostile-server.h).
 */
#include "hostile-server.h"

#include "base/json.h"
#include "cose/x509.h"

#include <arpa/inet.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct HostileServer {
  int listener;
  gint stop;
  gint requests;
  gint connections;
  gint counters[2]; /* /busy, /down */
  SSL_CTX *context;
  char *url, *trust;
  GThread *thread;
  GMutex lock;         /* of the two tables */
  GHashTable *scripts; /* key -> GPtrArray of whole answers */
  GHashTable *counts;  /* key -> number of answers given */
  GPtrArray *workers;  /* GThread* */
};

typedef struct {
  HostileServer *server;
  int socket;
} Connection;

typedef struct {
  char *method, *path, *authorization, *extra, *body;
} Request;

static void
request_clear (Request *request)
{
  g_free (request->method);
  g_free (request->path);
  g_free (request->authorization);
  g_free (request->extra);
  g_free (request->body);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Request, request_clear)

static void
send_text (SSL *tls, const char *text)
{
  SSL_write (tls, text, (int) strlen (text));
}

/* Until the client gives up or the server stops. */
static void
hold (Connection *connection)
{
  while (!g_atomic_int_get (&connection->server->stop)) {
    struct pollfd fd = { .fd = connection->socket, .events = POLLIN };
    if (poll (&fd, 1, 20) > 0)
      return;
  }
}

static void
send_answer (SSL *tls, const char *status, const char *headers, const char *body)
{
  g_autofree char *text = g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %zu\r\n%s\r\n%s", status,
                                           strlen (body), headers, body);
  send_text (tls, text);
}

static void
send_json (SSL *tls, json_t *value)
{
  g_autofree char *text = cr_json_dump (value);
  json_decref (value);
  send_answer (tls, "200 OK", "Content-Type: application/json\r\n", text);
}

static char *
header_value (const char *head, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  gsize length = strlen (name);
  for (guint i = 1; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
      return g_strstrip (g_strdup (lines[i] + length + 1));
  return NULL;
}

static gboolean
read_request (SSL *tls, Request *request)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[8192];
  const char *end;
  while ((end = strstr (text->str, "\r\n\r\n")) == NULL) {
    int count = SSL_read (tls, buffer, sizeof buffer);
    if (count <= 0)
      return FALSE;
    g_string_append_len (text, buffer, count);
  }
  gsize head_length = (gsize) (end - text->str) + 4;
  g_autofree char *head = g_strndup (text->str, head_length);
  g_autofree char *length_text = header_value (head, "content-length");
  gsize wanted = length_text != NULL ? (gsize) g_ascii_strtoull (length_text, NULL, 10) : 0;
  while (text->len - head_length < wanted) {
    int count = SSL_read (tls, buffer, sizeof buffer);
    if (count <= 0)
      return FALSE;
    g_string_append_len (text, buffer, count);
  }
  g_auto (GStrv) words = g_strsplit (head, " ", 3);
  request->method = g_strdup (words[0]);
  request->path = g_strdup (words[1]);
  request->authorization = header_value (head, "authorization");
  request->extra = header_value (head, "x-extra");
  request->body = g_strndup (text->str + head_length, wanted);
  return TRUE;
}

/* ---- Answers ---- */

static char *
scripted_answer (HostileServer *server, const Request *request)
{
  g_autofree char *key = g_strdup_printf ("%s %.*s", request->method, (int) strcspn (request->path, "?"),
                                          request->path);
  g_mutex_lock (&server->lock);
  GPtrArray *answers = g_hash_table_lookup (server->scripts, key);
  char *answer = NULL;
  if (answers != NULL) {
    guint given = GPOINTER_TO_UINT (g_hash_table_lookup (server->counts, key));
    answer = g_strdup (answers->pdata[MIN (given, answers->len - 1)]);
    g_hash_table_insert (server->counts, g_steal_pointer (&key), GUINT_TO_POINTER (given + 1));
  }
  g_mutex_unlock (&server->lock);
  return answer;
}

void
hostile_server_script (HostileServer *server, const char *key, guint status, const char *headers,
                       const char *body)
{
  g_mutex_lock (&server->lock);
  GPtrArray *answers = g_hash_table_lookup (server->scripts, key);
  if (answers == NULL) {
    answers = g_ptr_array_new_with_free_func (g_free);
    g_hash_table_insert (server->scripts, g_strdup (key), answers);
  }
  g_ptr_array_add (answers, g_strdup_printf ("HTTP/1.1 %u Scripted\r\n%s%s%zu\r\n\r\n%s", status, headers,
                                             "Content-Length: ", strlen (body), body));
  g_mutex_unlock (&server->lock);
}

void
hostile_server_forget (HostileServer *server)
{
  g_mutex_lock (&server->lock);
  g_hash_table_remove_all (server->scripts);
  g_hash_table_remove_all (server->counts);
  g_mutex_unlock (&server->lock);
}

guint
hostile_server_count (HostileServer *server, const char *key)
{
  g_mutex_lock (&server->lock);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (server->counts, key));
  g_mutex_unlock (&server->lock);
  return count;
}

static gboolean
answer_politely (Connection *connection, SSL *tls, const Request *request)
{
  HostileServer *server = connection->server;
  const char *path = request->path;
  if (g_str_has_prefix (path, "/ok"))
    send_answer (tls, "200 OK", "", "{\"ok\":true}");
  else if (g_str_equal (path, "/echo"))
    send_json (tls, json_pack ("{s:s, s:s, s:s?, s:s?}", "method", request->method, "body", request->body,
                               "authorization", request->authorization, "extra", request->extra));
  else if (g_str_equal (path, "/subject")) {
    g_autoptr (X509) peer = SSL_get1_peer_certificate (tls);
    g_autofree char *name = peer != NULL ? cose_cert_common_name (peer) : g_strdup ("");
    send_json (tls, json_pack ("{s:s}", "subject", name));
  } else if (g_str_equal (path, "/busy") && g_atomic_int_add (&server->counters[0], 1) < 2)
    send_answer (tls, "429 Too Many Requests", "Retry-After: 0\r\n", "");
  else if (g_str_equal (path, "/down") && g_atomic_int_add (&server->counters[1], 1) < 2)
    send_answer (tls, "503 Service Unavailable", "Retry-After: 0\r\n", "");
  else if (g_str_equal (path, "/busy") || g_str_equal (path, "/down"))
    send_answer (tls, "200 OK", "", "{\"ok\":true}");
  else if (g_str_equal (path, "/later"))
    send_answer (tls, "503 Service Unavailable", "Retry-After: 3600\r\n", "");
  else if (g_str_equal (path, "/fail"))
    send_answer (tls, "500 Internal Server Error", "",
                 "{\"error\":{\"code\":\"InternalError\",\"message\":\"no\"}}");
  else if (g_str_equal (path, "/redirect"))
    send_answer (tls, "308 Permanent Redirect", "Location: /echo\r\n", "");
  else if (g_str_equal (path, "/redirect-http"))
    send_answer (tls, "307 Temporary Redirect", "Location: http://127.0.0.1:1/steal\r\n", "");
  else if (g_str_equal (path, "/redirect-loop"))
    send_answer (tls, "307 Temporary Redirect", "Location: /redirect-loop\r\n", "");
  else if (g_str_equal (path, "/redirect-nowhere"))
    send_answer (tls, "307 Temporary Redirect", "", "");
  else if (g_str_equal (path, "/html"))
    send_answer (tls, "502 Bad Gateway", "", "<html><head><title>Gateway</title></head></html>");
  else if (g_str_equal (path, "/bad-json"))
    send_answer (tls, "200 OK", "", "{ this is not json");
  else if (g_str_has_prefix (path, "/clock"))
    send_answer (tls, "200 OK", "Date: Mon, 01 Jan 2001 00:00:00 GMT\r\n", "{}");
  else
    return FALSE;
  return TRUE;
}

static void
answer_badly (Connection *connection, SSL *tls, const char *path)
{
  if (g_str_equal (path, "/silent")) {
    hold (connection);
  } else if (g_str_equal (path, "/stall")) {
    send_text (tls, "HTTP/1.1 200 OK\r\nContent-Le");
    hold (connection);
  } else if (g_str_equal (path, "/cut")) {
    send_text (tls, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\":");
  } else if (g_str_equal (path, "/wrong-length")) {
    send_text (tls, "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"a\":");
    hold (connection);
  } else if (g_str_equal (path, "/excess")) {
    send_text (
        tls, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nbad");
  } else if (g_str_equal (path, "/huge")) {
    send_text (tls, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    while (!g_atomic_int_get (&connection->server->stop)
           && SSL_write (tls, "10\r\n0123456789abcdef\r\n", 22) > 0)
      ;
  } else if (g_str_equal (path, "/garbage")) {
    send_text (tls, "220 mail.example ESMTP\r\n\r\n");
  }
}

static gpointer
serve (gpointer data)
{
  Connection *connection = data;
  SSL *tls = SSL_new (connection->server->context);
  SSL_set_fd (tls, connection->socket);
  if (SSL_accept (tls) == 1) {
    for (gboolean again = TRUE; again;) {
      g_auto (Request) request = { 0 };
      if (!read_request (tls, &request))
        break;
      g_atomic_int_inc (&connection->server->requests);
      g_autofree char *scripted = scripted_answer (connection->server, &request);
      if (scripted != NULL) {
        send_text (tls, scripted);
        continue;
      }
      again = answer_politely (connection, tls, &request);
      if (!again)
        answer_badly (connection, tls, request.path);
    }
  }
  SSL_free (tls);
  close (connection->socket);
  g_free (connection);
  return NULL;
}

static gpointer
accept_loop (gpointer data)
{
  HostileServer *server = data;
  while (!g_atomic_int_get (&server->stop)) {
    struct pollfd fd = { .fd = server->listener, .events = POLLIN };
    if (poll (&fd, 1, 20) <= 0)
      continue;
    int socket = accept (server->listener, NULL, NULL);
    if (socket < 0)
      continue;
    /* A worker blocked in a read must see the end of the server. */
    struct timeval limit = { .tv_sec = 3 };
    setsockopt (socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    setsockopt (socket, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    g_atomic_int_inc (&server->connections);
    Connection *connection = g_new0 (Connection, 1);
    connection->server = server;
    connection->socket = socket;
    g_ptr_array_add (server->workers, g_thread_new ("hostile", serve, connection));
  }
  return NULL;
}

static int
take_any_certificate (int ok, X509_STORE_CTX *store)
{
  (void) ok;
  (void) store;
  return 1; /* as the ledger node does: identities are looked up later */
}

static void
make_context (HostileServer *server)
{
  static const char *const ip[] = { "127.0.0.1", NULL };
  g_autoptr (EVP_PKEY) ca_key = cose_key_new (COSE_KEY_P256, NULL);
  CoseCertRequest ca_request = { .common_name = "Hostile CA", .ca = TRUE, .path_length = -1, .key = ca_key };
  g_autoptr (X509) ca = cose_cert_issue (&ca_request, NULL);
  g_autoptr (EVP_PKEY) key = cose_key_new (COSE_KEY_P256, NULL);
  CoseCertRequest request = {
    .common_name = "hostile", .ip = ip, .server = TRUE, .key = key, .issuer = ca, .issuer_key = ca_key
  };
  g_autoptr (X509) certificate = cose_cert_issue (&request, NULL);
  g_assert_nonnull (certificate);
  server->trust = cose_cert_to_pem (ca);
  server->context = SSL_CTX_new (TLS_server_method ());
  SSL_CTX_use_certificate (server->context, certificate);
  SSL_CTX_use_PrivateKey (server->context, key);
  SSL_CTX_set_verify (server->context, SSL_VERIFY_PEER, take_any_certificate);
  static const unsigned char session_id[] = "hostile";
  SSL_CTX_set_session_id_context (server->context, session_id, sizeof session_id - 1);
}

HostileServer *
hostile_server_new (void)
{
  signal (SIGPIPE, SIG_IGN);
  HostileServer *server = g_new0 (HostileServer, 1);
  server->workers = g_ptr_array_new ();
  g_mutex_init (&server->lock);
  server->scripts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                           (GDestroyNotify) g_ptr_array_unref);
  server->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  make_context (server);
  server->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  socklen_t length = sizeof address;
  g_assert_cmpint (bind (server->listener, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (listen (server->listener, 16), ==, 0);
  g_assert_cmpint (getsockname (server->listener, (struct sockaddr *) &address, &length), ==, 0);
  server->url = g_strdup_printf ("https://127.0.0.1:%u", ntohs (address.sin_port));
  server->thread = g_thread_new ("hostile-accept", accept_loop, server);
  return server;
}

void
hostile_server_free (HostileServer *server)
{
  g_atomic_int_set (&server->stop, 1);
  g_thread_join (server->thread);
  for (guint i = 0; i < server->workers->len; i++)
    g_thread_join (server->workers->pdata[i]);
  g_ptr_array_unref (server->workers);
  g_hash_table_unref (server->scripts);
  g_hash_table_unref (server->counts);
  g_mutex_clear (&server->lock);
  close (server->listener);
  SSL_CTX_free (server->context);
  g_free (server->url);
  g_free (server->trust);
  g_free (server);
}

const char *
hostile_server_url (const HostileServer *server)
{
  return server->url;
}

const char *
hostile_server_trust (const HostileServer *server)
{
  return server->trust;
}

guint
hostile_server_requests (HostileServer *server)
{
  return (guint) g_atomic_int_get (&server->requests);
}

guint
hostile_server_connections (HostileServer *server)
{
  return (guint) g_atomic_int_get (&server->connections);
}
