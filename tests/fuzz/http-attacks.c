/* SPDX-License-Identifier: MIT
 * Clients that mean harm: silent, slow, half through the handshake, too many, too large; and messages that
 * unpack into more than they are. After each of them a plain call must be answered.
 */
#include "http-fuzz.h"

#include "http/http.h"

#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#define SILENT 300u
#define SLOW 40u

static int
open_tcp (const Conformance *it)
{
  const char *colon = strrchr (it->url, ':');
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK) };
  address.sin_port = htons ((guint16) g_ascii_strtoull (colon + 1, NULL, 10));
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  struct timeval patience = { .tv_sec = 10 };
  if (fd < 0)
    return -1;
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect (fd, (struct sockaddr *) &address, sizeof address) == 0)
    return fd;
  close (fd);
  return -1;
}

/* COUNT connections on which only FIRST (LENGTH bytes) is sent. */
static void
leave_open (Conformance *it, guint count, const void *first, gsize length, const char *what)
{
  g_autofree int *fds = g_new (int, count);
  for (guint i = 0; i < count; i++) {
    fds[i] = open_tcp (it);
    if (fds[i] >= 0 && length && send (fds[i], first, length, MSG_NOSIGNAL) < 0)
      continue;
  }
  still_answers (it, what);
  for (guint i = 0; i < count; i++)
    if (fds[i] >= 0)
      close (fds[i]);
}

/* --- TLS --- */

static SSL_CTX *
make_context (const Conformance *it)
{
  SSL_CTX *context = SSL_CTX_new (TLS_client_method ());
  g_autoptr (BIO) in = BIO_new_mem_buf (it->trust, -1);
  g_autoptr (X509) anchor = PEM_read_bio_X509 (in, NULL, NULL, NULL);
  X509_STORE_add_cert (SSL_CTX_get_cert_store (context), anchor);
  SSL_CTX_set_verify (context, SSL_VERIFY_PEER, NULL);
  return context;
}

static SSL *
open_tls (Conformance *it, SSL_CTX *context)
{
  int fd = open_tcp (it);
  SSL *tls = fd >= 0 ? SSL_new (context) : NULL;
  if (tls && SSL_set_fd (tls, fd) == 1 && SSL_connect (tls) == 1)
    return tls;
  check (it, FALSE, "no TLS connection");
  SSL_free (tls);
  if (fd >= 0)
    close (fd);
  return NULL;
}

static void
close_tls (SSL *tls)
{
  int fd = SSL_get_fd (tls);
  SSL_free (tls);
  close (fd);
}

static gboolean
write_all (SSL *tls, const char *data, gsize length)
{
  while (length) {
    size_t sent = 0;
    if (SSL_write_ex (tls, data, MIN (length, 16384u), &sent) != 1)
      return FALSE;
    data += sent;
    length -= sent;
  }
  return TRUE;
}

/* The status of the answer; 0 = the connection was closed; -1 = nothing came for 10 s. */
static int
read_status (SSL *tls)
{
  char buffer[512];
  size_t count = 0;
  errno = 0;
  if (SSL_read_ex (tls, buffer, sizeof buffer - 1, &count) != 1)
    return errno == EAGAIN || errno == EWOULDBLOCK ? -1 : 0;
  buffer[count] = '\0';
  const char *space = strchr (buffer, ' ');
  return space ? atoi (space + 1) : 0;
}

/* One request as raw text: HEAD, REPEAT times TAIL, END; the answer must be WANTED (0 = any) or a closed
 * connection. */
static void
send_raw (Conformance *it, SSL_CTX *context, const char *head, const char *tail, guint repeat,
          const char *end, int wanted, const char *what)
{
  SSL *tls = open_tls (it, context);
  if (!tls)
    return;
  gboolean sent = write_all (tls, head, strlen (head));
  for (guint i = 0; sent && i < repeat; i++)
    sent = write_all (tls, tail, strlen (tail));
  if (sent)
    write_all (tls, end, strlen (end));
  int status = read_status (tls);
  check (it, status == 0 || status == wanted || (wanted == 0 && status > 0), "%s: %d, not %d", what, status,
         wanted);
  close_tls (tls);
  still_answers (it, what);
}

static void
too_large (Conformance *it, SSL_CTX *context)
{
  g_autofree char *filler = g_strnfill (1024, 'x');
  g_autofree char *header = g_strdup_printf ("X-%s: y\r\n", "Header");
  g_autofree char *long_line = g_strdup_printf ("GET /app/contracts HTTP/1.1\r\nHost: x\r\nX-Long: ");
  g_autofree char *chunk = g_strdup_printf ("400\r\n%s\r\n", filler);
  send_raw (it, context, long_line, filler, 40, "\r\n\r\n", 431, "a long header");
  send_raw (it, context, "GET /app/contracts HTTP/1.1\r\nHost: x\r\n", header, 3000, "\r\n", 431,
            "many headers");
  send_raw (it, context, "GET /app/", filler, 80, " HTTP/1.1\r\nHost: x\r\n\r\n", 431, "a long path");
  send_raw (it, context, "GET /app/", filler, 400, " HTTP/1.1\r\nHost: x\r\n\r\n", 0, "an endless path");
  send_raw (it, context, "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nContent-Length: 2000896\r\n\r\n",
            filler, 1954, "", 413, "a large body");
  send_raw (it, context, "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999\r\n\r\n",
            "", 0, "", 413, "a body without end");
  send_raw (it, context, "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "", 0, "",
            0, "a negative length");
  send_raw (
      it, context,
      "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
      "0\r\n\r\nGET / HTTP/1.1\r\n\r\n",
      "", 0, "", 0, "two lengths");
  send_raw (it, context, "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n",
            chunk, 2000, "0\r\n\r\n", 413, "many chunks");
  send_raw (
      it, context,
      "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
      "x", 10, "\r\n0\r\n\r\n", 0, "a chunk of impossible size");
  send_raw (it, context, "\r\n\r\n\r\n", "\x01\xff\xfe garbage", 20, "\r\n\r\n", 0, "garbage");
}

static void
slow (Conformance *it, SSL_CTX *context)
{
  static const char *const starts[] = {
    "GET /app/con",
    "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\n",
    "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n{",
    "PUT /app/contracts/x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{",
  };
  SSL *open[SLOW] = { NULL };
  for (guint i = 0; i < SLOW; i++) {
    const char *start = starts[i % G_N_ELEMENTS (starts)];
    open[i] = open_tls (it, context);
    if (open[i])
      write_all (open[i], start, strlen (start));
  }
  still_answers (it, "slow clients");
  for (guint i = 0; i < SLOW; i++)
    if (open[i])
      close_tls (open[i]);
  still_answers (it, "slow clients that left");
}

/* --- messages --- */

static void
send_message (Conformance *it, const char *path, const char *type, GBytes *body, Who who, const char *what)
{
  g_autofree char *url = g_strconcat (it->url, path, NULL);
  HttpRequest request = { .method = strstr (path, "/gov/") ? "POST" : "PUT",
                          .url = url,
                          .body = body,
                          .content_type = type,
                          .retry = HTTP_RETRY_NEVER,
                          .total_timeout_ms = 20000 };
  g_autoptr (GError) error = NULL;
  g_autoptr (HttpResponse) response = http_send (NULL, it->persons[who].http, &request, &error);
  check (it, response && response->status >= 400, "%s: %s", what, error ? error->message : "it was accepted");
  still_answers (it, what);
}

static GBytes *
repeat (const char *start, gsize start_length, const char *piece, gsize length, guint count)
{
  GByteArray *out = g_byte_array_new ();
  g_byte_array_append (out, (const guint8 *) start, (guint) start_length);
  for (guint i = 0; i < count; i++)
    g_byte_array_append (out, (const guint8 *) piece, (guint) length);
  return g_byte_array_free_to_bytes (out);
}

static void
cbor_bombs (Conformance *it)
{
  static const struct {
    const char *what, *start;
    gsize start_length;
    const char *piece;
    guint count;
  } bombs[] = {
    { "an array of 2^63", "\xd2\x9b\x7f\xff\xff\xff\xff\xff\xff\xff", 10, "\x80", 1 },
    { "a map of 2^32", "\xd2\x84\xba\xff\xff\xff\xff", 7, "\x01", 1 },
    { "a text of 2^62", "\xd2\x84\x7b\x3f\xff\xff\xff\xff\xff\xff\xff", 11, "x", 1 },
    { "nested arrays", "\xd2\x84", 2, "\x81", 500000 },
    { "nested tags", "\xd2", 1, "\xc1", 500000 },
    { "nested endless arrays", "\xd2\x84", 2, "\x9f", 500000 },
    { "endless bytes", "\xd2\x84\x5f", 3, "\x41", 500000 },
    { "a protected header of nested maps", "\xd2\x84\x5a\x00\x07\xa1\x20", 7, "\xa1", 500000 },
    { "nothing", "", 0, "", 0 },
    { "only a tag", "\xd2", 1, "", 0 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++) {
    g_autoptr (GBytes) body = repeat (bombs[i].start, bombs[i].start_length, bombs[i].piece,
                                      strlen (bombs[i].piece), bombs[i].count);
    send_message (it, "/gov/members/proposals:create?api-version=2024-07-01", "application/cose", body,
                  ANYONE, bombs[i].what);
  }
}

static void
json_bombs (Conformance *it)
{
  static const struct {
    const char *what, *start, *piece;
    guint count;
  } bombs[] = {
    { "deep arrays", "{\"data\":", "[", 300000 },
    { "deep objects", "", "{\"a\":", 100000 },
    { "a number of a million digits", "{\"data\":", "9", 900000 },
    { "a text that does not end", "{\"data\":\"", "\\u0000", 100000 },
    { "many keys", "{", "\"k\":1,", 100000 },
    { "wrong UTF-8", "{\"data\":\"", "\xff", 1000 },
  };
  for (guint i = 0; i < G_N_ELEMENTS (bombs); i++) {
    g_autoptr (GBytes) body = repeat (bombs[i].start, strlen (bombs[i].start), bombs[i].piece,
                                      strlen (bombs[i].piece), bombs[i].count);
    send_message (it, "/app/contracts/bomb", "application/json", body, MEMBER_0, bombs[i].what);
  }
}

/* Just as deep as is taken: every later read has to walk through it. A level more, and it is refused. */
static void
deepest (Conformance *it)
{
  for (guint depth = CR_JSON_MAX_DEPTH - 1; depth <= CR_JSON_MAX_DEPTH; depth++) {
    g_autofree char *open = g_strnfill (depth, '['), *shut = g_strnfill (depth, ']');
    g_autofree char *text = g_strdup_printf ("{\"data\":%s%s}", open, shut);
    g_autoptr (GBytes) body = g_bytes_new (text, strlen (text));
    g_autofree char *url = g_strconcat (it->url, "/app/contracts/deep", NULL);
    HttpRequest request = { .method = "PUT", .url = url, .body = body, .content_type = "application/json" };
    g_autoptr (HttpResponse) response = http_send (NULL, it->persons[MEMBER_0].http, &request, out (it));
    guint wanted = depth < CR_JSON_MAX_DEPTH ? 200 : 500;
    check (it, response && response->status == wanted, "%u levels: %u", depth,
           response ? response->status : 0);
  }
  call (it, MEMBER_0, "POST /contracts/deep", NULL, 200);
  still_answers (it, "a deep document");
}

void
attacks (Conformance *it)
{
  static const guint8 hello[] = { 0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xfc, 0x03, 0x03 };
  static const char plain[] = "GET /app/contracts HTTP/1.1\r\nHost: x\r\n\r\n";
  SSL_CTX *context = make_context (it);
  leave_open (it, SILENT, "", 0, "silent connections");
  leave_open (it, SILENT, hello, sizeof hello, "half a handshake");
  leave_open (it, SLOW, plain, sizeof plain - 1, "no TLS at all");
  slow (it, context);
  too_large (it, context);
  cbor_bombs (it);
  json_bombs (it);
  deepest (it);
  SSL_CTX_free (context);
}
