/* SPDX-License-Identifier: MIT
 * Describing data: types, rows, days, every oddity that is known, previews, and the footers of Parquet files.
 */
#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "data/csv.h"
#include "data/describe.h"
#include "data/parquet.h"
#include "data/sample.h"

#include <dlfcn.h>
#include <glib/gstdio.h>
#include <string.h>

static char *
new_folder (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = g_dir_make_tmp ("cleanroom-describe-XXXXXX", &error);
  g_assert_no_error (error);
  return folder;
}

static void
remove_folder (char *folder)
{
  g_assert_true (cr_dir_remove (folder, NULL));
  g_free (folder);
}

static void
write_file (const char *folder, const char *name, const void *data, gssize length)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  g_assert_cmpint (g_mkdir_with_parents (parent, 0700), ==, 0);
  g_assert_true (g_file_set_contents (path, data, length, NULL));
}

static DataDescription *
describe (const char *folder, const char *name, const DataDescribeOptions *options)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, name, NULL);
  DataDescription *found = data_describe_path (path, options, NULL, &error);
  g_assert_no_error (error);
  return found;
}

static const DataOddity *
oddity (const DataDescription *found, const char *code)
{
  for (guint i = 0; i < found->oddities->len; i++) {
    const DataOddity *each = g_ptr_array_index (found->oddities, i);
    if (strcmp (each->code, code) == 0)
      return each;
  }
  return NULL;
}

static const DataColumn *
column (const DataDescription *found, guint index)
{
  g_assert_cmpuint (index, <, found->columns->len);
  return g_ptr_array_index (found->columns, index);
}

/* "name:type name:type" */
static char *
columns_text (const DataDescription *found)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < found->columns->len; i++)
    g_string_append_printf (text, "%s%s:%s", i > 0 ? " " : "", column (found, i)->name,
                            column (found, i)->type);
  return g_string_free (text, FALSE);
}

static char *
codes_text (const DataDescription *found)
{
  GString *text = g_string_new (NULL);
  for (guint i = 0; i < found->oddities->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", ((DataOddity *) found->oddities->pdata[i])->code);
  return g_string_free (text, FALSE);
}

/* --- one file, one table --- */

typedef struct {
  const char *name, *text;
  gsize length; /* 0 = strlen */
  const char *columns;
  guint64 rows;
  const char *codes;         /* worst first */
  const char *code, *places; /* the places of one of them */
} Case;

#define MARK "\xef\xbb\xbf"

static const Case cases[] = {
  /* types */
  { "a.csv",
    "1,2.5,true,2025-01-31,2025-01-31T10:00:00Z,x\n3000000000,-1e3,False,2024-02-29,2025-01-31 10:00,y\n", 0,
    "column1:long column2:number column3:boolean column4:date column5:timestamp column6:string", 2,
    "no-names", "no-names", "column1 column2 column3 column4 column5" },
  { "a.csv", "1\n2\n", 0, "column1:integer", 2, "no-names", NULL, NULL },
  { "a.csv", "007\n12\n", 0, "column1:string", 2, "mixed-types no-names", "mixed-types",
    "column1: 1/2, a.csv:1" },
  { "a.csv", "2025-02-30\n2025-02-28\n", 0, "column1:string", 2, "mixed-types no-names", NULL, NULL },
  { "a.csv", "1/02/2015\n31/12/2016\n", 0, "column1:string", 2, "no-names other-dates", NULL, NULL },
  { "a.csv", "1,\n2,\n", 0, "column1:integer column2:string", 2, "no-names empty-column", "empty-column",
    "column2" },
  { "a.csv", "1,2025-01-01\nx,2025-01-02\n3,\n", 0, "column1:string column2:date", 3, "mixed-types no-names",
    NULL, NULL },
  { "a.csv", "99999999999999999999\n1\n", 0, "column1:number", 2, "no-names", NULL, NULL },
  /* headers */
  { "a.csv", "id,name\n1,x\n2,y\n", 0, "id:integer name:string", 2, "header", "header", "a.csv:1" },
  { "a.csv", "id,id,\n1,2,3\n", 0, "id:integer id_2:integer column3:integer", 1,
    "duplicate-column header empty-name", "duplicate-column", "id" },
  { "a.csv", "colour,name\nred,alice\nblue,bob\n", 0, "column1:string column2:string", 3,
    "no-names possible-header", "possible-header", "a.csv:1" },
  { "a.csv", "alice,x y. z!\nbob,q\n", 0, "column1:string column2:string", 2, "no-names", NULL, NULL },
  /* lines */
  { "a.csv", "1,2\n3\n4,5,6\n7,8\n", 0, "column1:integer column2:integer", 4, "broken-line no-names",
    "broken-line", "a.csv:2: 1 columns, not 2 a.csv:3: 3 columns, not 2" },
  { "a.csv", "1,2\n3,\xff\xfe\n4,5\n", 0, "column1:integer column2:integer", 3, "bad-encoding no-names",
    "bad-encoding", "a.csv:2" },
  { "a.csv", "\xff\n\xfe\n", 0, "", 0, "no-rows bad-encoding", "bad-encoding", "a.csv:1 a.csv:2" },
  { "a.csv", "1,2\n3,a\0b\n4,5\n", 14, "column1:integer column2:integer", 3, "zero-byte no-names",
    "zero-byte", "a.csv:2" },
  { "a.csv", "1,\"x\ny\"\n2,z\n", 0, "column1:integer column2:string", 3,
    "broken-line quoted-line-break no-names", NULL, NULL },
  { "a.csv", "1,\"x\"y\n2,z\n", 0, "column1:integer column2:string", 2, "stray-quote no-names", "stray-quote",
    "a.csv:1" },
  { "a.csv", MARK "1,2\r\n3,4\r\n", 0, "column1:integer column2:integer", 2, "no-names byte-order-mark crlf",
    NULL, NULL },
  { "a.csv", "1,2\r\n3,4\n", 0, "column1:integer column2:integer", 2, "mixed-line-ends no-names", NULL,
    NULL },
  { "a.csv", "1;2\n3;4\n", 0, "column1:string", 2, "other-separator no-names", NULL, NULL },
  { "a.csv", "1,\"a, \"\"b\"\"\"\n", 0, "column1:integer column2:string", 1, "stray-quote no-names", NULL,
    NULL },
  { "a.csv", "1,\"a, \\\"b\\\"\"\n", 0, "column1:integer column2:string", 1, "no-names", NULL, NULL },
  { "a.csv", "", 0, "", 0, "no-rows empty-file", NULL, NULL },
  { "a.csv",
    "\xff\xfe"
    "1\0,\0",
    6, "", 0, "no-rows utf-16", NULL, NULL },
  { "a.csv", "\x1f\x8b\x08 1,2\n", 0, "", 0, "no-rows compressed", NULL, NULL },
  /* JSON lines */
  { "a.json", "{\"a\":1,\"b\":\"2025-01-01\",\"c\":true}\n{\"b\":null,\"a\":2.5,\"d\":\"12\"}\n", 0,
    "a:number b:date c:boolean d:string", 2, "", NULL, NULL },
  { "a.json", "{\"a\":1}\n{\"a\":\n[1]\n\n{\"a\":2}", 0, "a:integer", 4, "broken-json", "broken-json",
    "a.json:2 a.json:3" },
  { "a.json", "{\"a\":[1],\"b\":{\"c\":1}}\n", 0, "a:string b:string", 1, "nested", "nested",
    "a, a.json:1 b, a.json:1" },
  { "a.json", "[{\"a\":1},\n{\"a\":2}]\n", 0, "", 0, "no-rows json-array", NULL, NULL },
  { "a.json", "{\"a\":\"\xff\"}\n{\"a\":\"b\"}\n", 0, "a:string", 2, "bad-encoding", "bad-encoding",
    "a.json:1" },
  { "a.json", MARK "{\"a\":4294967296}\r\n", 0, "a:long", 1, "byte-order-mark", NULL, NULL },
  { "a.json", "\n  \n", 0, "", 0, "no-rows empty-file", NULL, NULL },
  { "data", "{\"a\":1}\n", 0, "a:integer", 1, "other-files", "other-files", "data" },
  { "a.parquet", "PAR1xxxxPAR1", 0, "", 0, "no-rows broken-parquet", NULL, NULL },
};

static void
test_cases (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *each = &cases[i];
    g_test_message ("case %u", i);
    char *folder = new_folder ();
    write_file (folder, each->name, each->text, each->length > 0 ? (gssize) each->length : -1);
    g_autoptr (DataDescription) found = describe (folder, each->name, NULL);
    g_autofree char *columns = columns_text (found), *codes = codes_text (found);
    g_assert_cmpstr (columns, ==, each->columns);
    g_assert_cmpuint (found->rows, ==, each->rows);
    g_assert_cmpstr (codes, ==, each->codes);
    if (each->code != NULL) {
      GPtrArray *places = oddity (found, each->code)->places;
      g_autoptr (GString) text = g_string_new (NULL);
      for (guint k = 0; k < places->len; k++)
        g_string_append_printf (text, "%s%s", k > 0 ? " " : "", (char *) g_ptr_array_index (places, k));
      g_assert_cmpstr (text->str, ==, each->places);
    }
    remove_folder (folder);
  }
}

/* A line that is too long is passed by, and the next one is whole. */
static void
test_long_line (void)
{
  char *folder = new_folder ();
  g_autoptr (GString) text = g_string_new ("1,2\n3,");
  for (guint i = 0; i < DATA_CSV_MAX_RECORD + 10; i++)
    g_string_append_c (text, 'x');
  g_string_append (text, "\n5,6\n");
  write_file (folder, "a.csv", text->str, (gssize) text->len);
  g_autoptr (DataDescription) found = describe (folder, "a.csv", NULL);
  g_assert_cmpuint (found->rows, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (oddity (found, "long-record")->places, 0), ==, "a.csv:2");
  g_assert_cmpstr (column (found, 1)->type, ==, "integer");
  remove_folder (folder);
}

/* --- folders --- */

static void
test_folder (void)
{
  char *folder = new_folder ();
  write_file (folder, "2025-09-01/a.csv", "1,x,2025-01-01\n2,y,2025-01-02\n", -1);
  write_file (folder, "2025-09-01/b.csv", "3,z,2025-01-03\n", -1);
  write_file (folder, "2025-09-02/part/c.csv", "4,x,oops\n", -1);
  write_file (folder, "2025-09-03/d.csv", "4,x\n5,y\n", -1);
  write_file (folder, "2025-09-04/_SUCCESS", "", -1);
  write_file (folder, "20250905/e.csv", "5,x,2025-01-04\n", -1);
  write_file (folder, "notes.txt", "hello", -1);
  write_file (folder, "f.json", "{}", -1);
  g_autofree char *link = g_build_filename (folder, "2025-09-01", "link.csv", NULL);
  g_assert_cmpint (symlink ("a.csv", link), ==, 0); /* is not uploaded, and so not counted */
  write_file (
      folder, "schema.json",
      "{\"format\":\"csv\",\"fields\":[{\"fieldName\":\"id\",\"fieldType\":\"integer\"},"
      "{\"fieldName\":\"who\",\"fieldType\":\"string\"},{\"fieldName\":\"day\",\"fieldType\":\"date\"}]}",
      -1);
  g_autoptr (DataDescription) found = describe (folder, ".", NULL);
  g_assert_cmpuint (found->files, ==, 5);
  g_assert_cmpuint (found->rows, ==, 7);
  g_assert_cmpuint (found->days->len, ==, 4);
  const DataDay *first = g_ptr_array_index (found->days, 0);
  g_assert_cmpstr (first->day, ==, "2025-09-01");
  g_assert_cmpuint (first->files, ==, 2);
  g_assert_cmpuint (first->rows, ==, 3);
  g_autofree char *codes = codes_text (found), *columns = columns_text (found);
  g_assert_cmpstr (columns, ==, "id:integer who:string day:string");
  g_assert_cmpstr (
      codes, ==,
      "schemas-differ mixed-formats unfit mixed-types types-differ other-files left-out undated odd-folder "
      "empty-day");
  g_assert_cmpstr (g_ptr_array_index (oddity (found, "left-out")->places, 0), ==, "2025-09-01/link.csv");
  g_assert_cmpuint (oddity (found, "other-files")->count, ==, 1);
  g_assert_cmpuint (column (found, 2)->unfit, ==, 1);
  g_assert_cmpstr (g_ptr_array_index (oddity (found, "schemas-differ")->places, 0), ==, "2025-09-03/d.csv");
  g_assert_cmpstr (g_ptr_array_index (oddity (found, "unfit")->places, 0), ==,
                   "day: 1/5, 2025-09-02/part/c.csv:1");
  g_assert_cmpstr (data_description_problem (found)->code, ==, "schemas-differ");
  /* One file of it, with the schema of the folder above. */
  g_autoptr (DataDescription) one = describe (folder, "2025-09-01/a.csv", NULL);
  g_assert_cmpuint (one->days->len, ==, 0);
  g_assert_cmpstr (column (one, 1)->name, ==, "who");
  g_assert_null (data_description_problem (one));
  g_autoptr (json_t) value = data_description_to_json (one);
  g_assert_true (json_is_true (json_object_get (value, "publishable")));
  g_assert_cmpint (json_array_size (json_object_get (value, "columns")), ==, 3);
  remove_folder (folder);
}

static void
test_json_folder (void)
{
  char *folder = new_folder ();
  write_file (folder, "2025-09-01/a.json", "{\"a\":1,\"b\":\"x\"}\n", -1);
  write_file (folder, "2025-09-02/a.json", "{\"a\":\"x\",\"c\":\"x\"}\n", -1);
  write_file (folder, "schema.json",
              "{\"format\":\"json\",\"fields\":[{\"fieldName\":\"a\",\"fieldType\":\"long\"}]}", -1);
  g_autoptr (DataDescription) found = describe (folder, ".", NULL);
  g_autofree char *codes = codes_text (found), *columns = columns_text (found);
  g_assert_cmpstr (columns, ==, "a:string b:string c:string");
  g_assert_cmpstr (codes, ==, "other-columns unfit mixed-types types-differ missing-columns schema-in-json");
  remove_folder (folder);
}

/* The built-in sample, whose days are not what a date column wants. */
static void
test_sample (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = new_folder ();
  g_autoptr (DataSampleLayout) layout = data_sample_lay_out (folder, "woodgrove", NULL, "2025-09-01", NULL,
                                                             &error);
  g_assert_no_error (error);
  g_autoptr (DataDescription) found = data_describe_path (layout->input, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (found->rows, ==, 147 + 48 + 1885 + 2355);
  g_assert_cmpuint (found->days->len, ==, 4);
  g_autofree char *columns = columns_text (found);
  g_assert_cmpstr (columns, ==, "date:string time:string author:string mentions:string");
  g_assert_cmpuint (column (found, 0)->unfit, ==, found->rows);
  g_assert_nonnull (oddity (found, "other-dates"));
  g_assert_nonnull (oddity (found, "crlf"));
  g_assert_null (data_description_problem (found));
  remove_folder (folder);
}

static void
test_options (void)
{
  char *folder = new_folder ();
  g_auto (GStrv) names = data_names_split (" who , what,");
  DataDescribeOptions options = { .header = DATA_HEADER_YES };
  write_file (folder, "a.csv", "red,blue\nx,y\n", -1);
  g_autoptr (DataDescription) header = describe (folder, "a.csv", &options);
  g_autofree char *columns = columns_text (header);
  g_assert_cmpstr (columns, ==, "red:string blue:string");
  g_assert_cmpuint (header->rows, ==, 1);
  options = (DataDescribeOptions){ .header = DATA_HEADER_NO, .columns = names };
  g_autoptr (DataDescription) named = describe (folder, "a.csv", &options);
  g_autofree char *given = columns_text (named);
  g_assert_cmpstr (given, ==, "who:string what:string");
  g_assert_null (data_names_split (" , "));
  /* Only the beginning is looked at. */
  g_autoptr (GString) text = g_string_new (NULL);
  for (guint i = 0; i < 100000; i++)
    g_string_append_printf (text, "%u,x\n", i);
  write_file (folder, "b.csv", text->str, -1);
  options = (DataDescribeOptions){ .most_bytes = 1000 };
  g_autoptr (DataDescription) part = describe (folder, "b.csv", &options);
  g_assert_cmpuint (part->rows, <, 20000);
  remove_folder (folder);
}

static void
test_refused (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = new_folder ();
  g_autofree char *none = g_build_filename (folder, "none.csv", NULL);
  g_assert_null (data_describe_path (none, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (data_describe_path (folder, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (data_describe_path ("/dev/null", NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  write_file (folder, "a.csv", "1\n", -1);
  write_file (folder, "schema.json", "{\"format\":\"csv\"}", -1);
  g_assert_null (data_describe_path (folder, NULL, NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  remove_folder (folder);
}

static void
test_preview (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = new_folder ();
  write_file (folder, "a.csv", "id,name,age\n1,alice,30\n2,bob,40\n", -1);
  g_autoptr (DataDescription) found = describe (folder, "a.csv", NULL);
  const char *const allowed[] = { "age", "id", NULL };
  g_autoptr (json_t) preview = data_preview (found, NULL, allowed, &error);
  g_assert_no_error (error);
  g_autofree char *text = cr_json_dump (preview);
  g_assert_cmpstr (text, ==,
                   "{\"readable\":[{\"name\":\"age\",\"type\":\"integer\",\"samples\":[\"30\",\"40\"]},"
                   "{\"name\":\"id\",\"type\":\"integer\",\"samples\":[\"1\",\"2\"]}],"
                   "\"hidden\":[{\"name\":\"name\",\"type\":\"string\"}]}");
  g_autoptr (json_t) all = data_preview (found, NULL, NULL, &error);
  g_assert_cmpint (json_array_size (json_object_get (all, "readable")), ==, 3);
  const char *const wrong[] = { "ages", NULL }, *const twice[] = { "id", "id", NULL };
  g_assert_null (data_preview (found, NULL, wrong, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_null (data_preview (found, NULL, twice, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);
  remove_folder (folder);
}

/* --- Parquet --- */

/* A footer by hand: id INT64, name STRING, when DATE; two rows. */
static const char footer_hex[] = "1502"                     /* 1: version 1 */
                                 "194c"                     /* 2: schema, four elements */
                                 "4806736368656d61150600"   /* root "schema" with three children */
                                 "150425001802696400"       /* id: INT64, required */
                                 "150c250218046e616d652500" /* name: BYTE_ARRAY, optional, UTF8 */
                                 "4c1c000000"               /* and STRING */
                                 "1502250218047768656e250c" /* when: INT32, optional, DATE */
                                 "00"                       /* */
                                 "1604"                     /* 3: two rows */
                                 "190c"                     /* 4: no row group */
                                 "280474657374"             /* 6: created by "test" */
                                 "00";

static GBytes *
footer (void)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = cr_hex_decode (footer_hex, &error);
  g_assert_no_error (error);
  return bytes;
}

static void
test_parquet (void)
{
  g_autoptr (GError) error = NULL;
  char *folder = new_folder ();
  g_autoptr (GBytes) bytes = footer ();
  guint32 length = GUINT32_TO_LE ((guint32) g_bytes_get_size (bytes));
  g_autoptr (GByteArray) file = g_byte_array_new ();
  g_byte_array_append (file, (const guint8 *) "PAR1", 4);
  g_byte_array_append (file, g_bytes_get_data (bytes, NULL), (guint) g_bytes_get_size (bytes));
  g_byte_array_append (file, (const guint8 *) &length, 4);
  g_byte_array_append (file, (const guint8 *) "PAR1", 4);
  write_file (folder, "2025-09-01/a.parquet", file->data, (gssize) file->len);
  write_file (folder, "2025-09-02/a.parquet", file->data, (gssize) file->len);
  write_file (
      folder, "schema.json",
      "{\"format\":\"parquet\",\"fields\":[{\"fieldName\":\"id\",\"fieldType\":\"integer\"},"
      "{\"fieldName\":\"name\",\"fieldType\":\"string\"},{\"fieldName\":\"when\",\"fieldType\":\"date\"}]}",
      -1);
  g_autoptr (DataDescription) found = describe (folder, ".", NULL);
  g_autofree char *columns = columns_text (found), *codes = codes_text (found);
  g_assert_cmpstr (columns, ==, "id:long name:string when:date");
  g_assert_cmpuint (found->rows, ==, 4);
  g_assert_cmpstr (codes, ==, "type-differs");
  memcpy (file->data + file->len - 4, "PARE", 4);
  write_file (folder, "b.parquet", file->data, (gssize) file->len);
  g_autofree char *path = g_build_filename (folder, "b.parquet", NULL);
  g_assert_null (data_parquet_read (path, "b.parquet", &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  remove_folder (folder);
}

/* Every shorter footer is refused; every changed byte gives an answer or a refusal, and nothing else. */
static void
test_parquet_hostile (void)
{
  g_autoptr (GBytes) bytes = footer ();
  gsize length = g_bytes_get_size (bytes);
  for (gsize i = 0; i < length; i++) {
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), i);
    g_autoptr (GError) error = NULL;
    g_assert_null (data_parquet_parse (copy, i, "cut", &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  }
  for (gsize i = 0; i < length; i++)
    for (guint value = 0; value < 256; value++) {
      g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (bytes, NULL), length);
      copy[i] = (guint8) value;
      g_autoptr (GError) error = NULL;
      g_autoptr (DataParquet) parquet = data_parquet_parse (copy, length, "changed", &error);
      g_assert_true ((parquet != NULL) != (error != NULL));
    }
  /* Structs in structs without end, and a list that claims more than there is. */
  g_autofree guint8 *deep = g_malloc (100000);
  memset (deep, 0x1c, 100000);
  g_assert_null (data_parquet_parse (deep, 100000, "deep", NULL));
  memset (deep, 0x19, 100000);
  g_assert_null (data_parquet_parse (deep, 100000, "lists", NULL));
  const guint8 many[] = { 0x29, 0xfc, 0xff, 0xff, 0xff, 0xff, 0x0f };
  g_assert_null (data_parquet_parse (many, sizeof many, "many", NULL));
}

/* What DuckDB writes. Its library is fetched by the build and may not be there. */
static void
test_parquet_duckdb (void)
{
  const char *build = g_getenv ("CLEANROOM_BUILDDIR");
  g_autofree char *library = build != NULL ? g_build_filename (build, "engines", "libduckdb.so", NULL) : NULL;
  void *duckdb = library != NULL && g_file_test (library, G_FILE_TEST_EXISTS) ? dlopen (library, RTLD_NOW)
                                                                              : NULL;
  if (duckdb == NULL) {
    g_test_skip ("DuckDB is not there");
    return;
  }
  int (*open_it) (const char *, void **) = NULL;
  int (*connect_it) (void *, void **) = NULL;
  int (*query) (void *, const char *, void *) = NULL;
  void (*destroy) (void *) = NULL;
  void (*disconnect) (void **) = NULL;
  void (*close_it) (void **) = NULL;
  *(void **) &open_it = dlsym (duckdb, "duckdb_open");
  *(void **) &connect_it = dlsym (duckdb, "duckdb_connect");
  *(void **) &query = dlsym (duckdb, "duckdb_query");
  *(void **) &destroy = dlsym (duckdb, "duckdb_destroy_result");
  *(void **) &disconnect = dlsym (duckdb, "duckdb_disconnect");
  *(void **) &close_it = dlsym (duckdb, "duckdb_close");
  char *folder = new_folder ();
  void *database = NULL, *connection = NULL;
  gint64 result[64] = { 0 };
  g_assert_cmpint (open_it (NULL, &database), ==, 0);
  g_assert_cmpint (connect_it (database, &connection), ==, 0);
  g_autofree char *sql = g_strdup_printf (
      "COPY (SELECT i::INTEGER AS a, i::BIGINT AS b, i / 3.0::DOUBLE AS c, 'x' || i AS d, i > 5 AS e,"
      " DATE '2025-01-01' AS f, TIMESTAMP '2025-01-01 10:00:00' AS g, 1.5::DECIMAL(9,2) AS h, [1, 2] AS k,"
      " i::UINTEGER AS l, {'x': 1} AS m, TIME '10:00:00' AS n, i::REAL AS o FROM range(100000) t(i))"
      " TO '%s/a.parquet' (FORMAT parquet, ROW_GROUP_SIZE 10000)",
      folder);
  int status = query (connection, sql, result);
  destroy (result);
  disconnect (&connection);
  close_it (&database);
  if (status == 0) {
    g_autoptr (DataDescription) found = describe (folder, "a.parquet", NULL);
    g_autofree char *columns = columns_text (found), *codes = codes_text (found);
    g_assert_cmpstr (
        columns, ==,
        "a:integer b:long c:number d:string e:boolean f:date g:timestamp h:string k:string l:long "
        "m:string n:string o:number");
    g_assert_cmpuint (found->rows, ==, 100000);
    g_assert_cmpstr (codes, ==, "nested no-type");
    g_assert_cmpuint (oddity (found, "nested")->count, ==, 2);
    g_assert_cmpuint (oddity (found, "no-type")->count, ==, 2);
  } else {
    g_test_skip ("this DuckDB writes no Parquet");
  }
  remove_folder (folder);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/describe/cases", test_cases);
  g_test_add_func ("/describe/long-line", test_long_line);
  g_test_add_func ("/describe/folder", test_folder);
  g_test_add_func ("/describe/json-folder", test_json_folder);
  g_test_add_func ("/describe/sample", test_sample);
  g_test_add_func ("/describe/options", test_options);
  g_test_add_func ("/describe/refused", test_refused);
  g_test_add_func ("/describe/preview", test_preview);
  g_test_add_func ("/describe/parquet", test_parquet);
  g_test_add_func ("/describe/parquet-hostile", test_parquet_hostile);
  g_test_add_func ("/describe/parquet-duckdb", test_parquet_duckdb);
  return g_test_run ();
}
