/* SPDX-License-Identifier: MIT
 * Every screen, and how it is reached. A screen that is added is one row: its snapshots in all sizes, with
 * colours and without, in English and in the language that nobody speaks, follow from it.
 */
#pragma once

#include "fixture.h"

G_BEGIN_DECLS

typedef struct {
  const char *name;
  const char *persona; /* or the option instead; "": none, as `cleanroom` alone */
  const char *keys;    /* from the journey; what is not a key is typed */
  const char *pseudo;  /* the same where text is typed that is translated; NULL: KEYS */
  const char *sign;    /* text that is there when it is complete, in English */
  const char *words;   /* what is never translated on this screen, besides names */
  const char *back;    /* to the journey; NULL: "1 g" */
  int most;            /* columns; beyond them it shows what is never the same twice. 0: no limit */
  gboolean changing;   /* shows what happens to have been called or measured: no snapshot */
} ScreenCase;

extern const ScreenCase screen_cases[];
extern const gsize screen_cases_count;

/* Adds a test for every case below PATH: reached by keys in one program per persona, twice side by side (with
 * colours, and with NO_COLOR, which must not send any), and looked at in every size. */
typedef struct {
  Fixture **fixture;
  const char *path;        /* "/screen/screens" */
  gboolean pseudo;         /* the language; snapshots are then called NAME-pseudo-SIZE */
  const char *environment; /* NAME=value for the programs; NULL: nothing more */
  const char *environment2;
  void (*look) (Screen *screen, const ScreenCase *item); /* at 80x24, with colours; may be NULL */
} ScreenGallery;

/* GALLERY is kept until the tests have run. */
void screen_gallery_add (ScreenGallery *gallery);

G_END_DECLS
