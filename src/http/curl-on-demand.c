/* SPDX-License-Identifier: MIT
 * Passes calls of libcurl's functions on to the library once it is loaded (curl-on-demand.h).
 */
#include "http/curl-on-demand.h"

#include <curl/curl.h>
#include <dlfcn.h>
#include <stdarg.h>

/* The type-checking macros of the same names would get in the way of the definitions. */
#undef curl_easy_setopt
#undef curl_easy_getinfo

typedef struct {
  CURLcode (*global_init) (long flags);
  CURL *(*easy_init) (void);
  void (*easy_cleanup) (CURL *easy);
  void (*easy_reset) (CURL *easy);
  CURLcode (*easy_setopt) (CURL *easy, CURLoption option, ...);
  CURLcode (*easy_getinfo) (CURL *easy, CURLINFO info, ...);
  const char *(*easy_strerror) (CURLcode code);
  time_t (*getdate) (const char *text, const time_t *unused);
  CURLM *(*multi_init) (void);
  CURLMcode (*multi_cleanup) (CURLM *multi);
  CURLMcode (*multi_add_handle) (CURLM *multi, CURL *easy);
  CURLMcode (*multi_remove_handle) (CURLM *multi, CURL *easy);
  CURLMcode (*multi_perform) (CURLM *multi, int *running);
  CURLMcode (*multi_poll) (CURLM *multi, struct curl_waitfd extra[], unsigned int extra_count, int timeout_ms,
                           int *ready);
  CURLMsg *(*multi_info_read) (CURLM *multi, int *left);
  struct curl_slist *(*slist_append) (struct curl_slist *list, const char *text);
  void (*slist_free_all) (struct curl_slist *list);
} CurlFunctions;

typedef struct {
  const char *name;
  gsize offset;
} CurlName;

#define CURL_NAME(member)                                                                                    \
  {                                                                                                          \
    "curl_" #member, G_STRUCT_OFFSET (CurlFunctions, member)                                                 \
  }

static const CurlName names[] = {
  CURL_NAME (global_init),   CURL_NAME (easy_init),        CURL_NAME (easy_cleanup),
  CURL_NAME (easy_reset),    CURL_NAME (easy_setopt),      CURL_NAME (easy_getinfo),
  CURL_NAME (easy_strerror), CURL_NAME (getdate),          CURL_NAME (multi_init),
  CURL_NAME (multi_cleanup), CURL_NAME (multi_add_handle), CURL_NAME (multi_remove_handle),
  CURL_NAME (multi_perform), CURL_NAME (multi_poll),       CURL_NAME (multi_info_read),
  CURL_NAME (slist_append),  CURL_NAME (slist_free_all)
};

/* Gives the table, or NULL. The library stays loaded: it has threads and exit handlers of its own. */
static gpointer
load (gpointer unused)
{
  (void) unused;
  void *library = dlopen ("libcurl.so.4", RTLD_LAZY | RTLD_LOCAL);
  if (library == NULL)
    return NULL;
  CurlFunctions *functions = g_new0 (CurlFunctions, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++) {
    void *symbol = dlsym (library, names[i].name);
    if (symbol == NULL) {
      g_free (functions);
      dlclose (library);
      return NULL;
    }
    *(void **) G_STRUCT_MEMBER_P (functions, names[i].offset) = symbol;
  }
  if (functions->global_init (CURL_GLOBAL_DEFAULT) != CURLE_OK)
    g_clear_pointer (&functions, g_free);
  return functions;
}

static const CurlFunctions *
curl (void)
{
  static GOnce once = G_ONCE_INIT;
  return g_once (&once, load, NULL);
}

gboolean
curl_on_demand (void)
{
  return curl () != NULL;
}

CURL *
curl_easy_init (void)
{
  return curl ()->easy_init ();
}

void
curl_easy_cleanup (CURL *easy)
{
  curl ()->easy_cleanup (easy);
}

void
curl_easy_reset (CURL *easy)
{
  curl ()->easy_reset (easy);
}

/* The number of an option says of what type its value is. */
CURLcode
curl_easy_setopt (CURL *easy, CURLoption option, ...)
{
  va_list values;
  va_start (values, option);
  CURLcode code;
  if (option < CURLOPTTYPE_OBJECTPOINT)
    code = curl ()->easy_setopt (easy, option, va_arg (values, long));
  else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
    code = curl ()->easy_setopt (easy, option, va_arg (values, curl_off_t));
  else
    code = curl ()->easy_setopt (easy, option, va_arg (values, void *));
  va_end (values);
  return code;
}

CURLcode
curl_easy_getinfo (CURL *easy, CURLINFO info, ...)
{
  va_list values;
  va_start (values, info);
  CURLcode code = curl ()->easy_getinfo (easy, info, va_arg (values, void *));
  va_end (values);
  return code;
}

const char *
curl_easy_strerror (CURLcode code)
{
  return curl ()->easy_strerror (code);
}

time_t
curl_getdate (const char *text, const time_t *unused)
{
  return curl ()->getdate (text, unused);
}

CURLM *
curl_multi_init (void)
{
  return curl ()->multi_init ();
}

CURLMcode
curl_multi_cleanup (CURLM *multi)
{
  return curl ()->multi_cleanup (multi);
}

CURLMcode
curl_multi_add_handle (CURLM *multi, CURL *easy)
{
  return curl ()->multi_add_handle (multi, easy);
}

CURLMcode
curl_multi_remove_handle (CURLM *multi, CURL *easy)
{
  return curl ()->multi_remove_handle (multi, easy);
}

CURLMcode
curl_multi_perform (CURLM *multi, int *running)
{
  return curl ()->multi_perform (multi, running);
}

CURLMcode
curl_multi_poll (CURLM *multi, struct curl_waitfd extra[], unsigned int extra_count, int timeout_ms,
                 int *ready)
{
  return curl ()->multi_poll (multi, extra, extra_count, timeout_ms, ready);
}

CURLMsg *
curl_multi_info_read (CURLM *multi, int *left)
{
  return curl ()->multi_info_read (multi, left);
}

struct curl_slist *
curl_slist_append (struct curl_slist *list, const char *text)
{
  return curl ()->slist_append (list, text);
}

void
curl_slist_free_all (struct curl_slist *list)
{
  curl ()->slist_free_all (list);
}
