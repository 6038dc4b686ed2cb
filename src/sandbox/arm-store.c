/* SPDX-License-Identifier: MIT
 * What the resource manager keeps: resources, role assignments, registrations, operations.
 *
 * Resource ids are compared without regard to case, so the key of a row is the id in lower case.
 */
#include "sandbox/arm-private.h"

#include "base/clock.h"
#include "base/encode.h"

static const char *const migrations[] = {
  "CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);"
  "CREATE TABLE resources (key TEXT PRIMARY KEY, id TEXT NOT NULL, type TEXT NOT NULL, name TEXT NOT NULL,"
  " owner TEXT NOT NULL, instance TEXT NOT NULL, lookup TEXT, principal TEXT, body TEXT NOT NULL,"
  " created_ms INTEGER NOT NULL, ready_ms INTEGER NOT NULL);"
  "CREATE UNIQUE INDEX resources_lookup ON resources (type, lookup) WHERE lookup IS NOT NULL;"
  "CREATE UNIQUE INDEX resources_principal ON resources (principal) WHERE principal IS NOT NULL;"
  "CREATE TABLE roles (name TEXT NOT NULL, scope_key TEXT NOT NULL, scope TEXT NOT NULL, role TEXT NOT NULL,"
  " principal TEXT NOT NULL, principal_type TEXT NOT NULL, created_ms INTEGER NOT NULL, created_by TEXT NOT "
  "NULL,"
  " PRIMARY KEY (scope_key, name), UNIQUE (scope_key, role, principal));"
  "CREATE INDEX roles_principal ON roles (principal, role);"
  "CREATE TABLE registrations (namespace TEXT PRIMARY KEY);"
  "CREATE TABLE operations (id TEXT PRIMARY KEY, owner TEXT NOT NULL, resource TEXT, ready_ms INTEGER NOT "
  "NULL);",
  NULL,
};

#define RESOURCE_COLUMNS "id, type, name, owner, instance, body, created_ms, ready_ms"

CrDb *
manager_store_open (const char *path, GError **error)
{
  return cr_db_open (path, migrations, error);
}

char *
manager_store_meta (CrDb *db, const char *name, const char *first_value, GError **error)
{
  g_autoptr (GError) problem = NULL;
  sqlite3_stmt *statement = cr_db_query (db, &problem, "SELECT value FROM meta WHERE name = ?", "s", name);
  if (statement != NULL && cr_db_step (db, statement, &problem)) {
    char *value = cr_db_text (statement, 0);
    cr_db_done (statement);
    return value;
  }
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  return cr_db_run (db, error, "INSERT INTO meta (name, value) VALUES (?, ?)", "ss", name, first_value)
             ? g_strdup (first_value)
             : NULL;
}

void
manager_resource_free (ManagerResource *resource)
{
  if (resource == NULL)
    return;
  g_free (resource->id);
  g_free (resource->type);
  g_free (resource->name);
  g_free (resource->owner);
  g_free (resource->instance);
  json_decref (resource->body);
  g_free (resource);
}

static ManagerResource *
read_row (sqlite3_stmt *statement, GError **error)
{
  g_autoptr (ManagerResource) resource = g_new0 (ManagerResource, 1);
  resource->id = cr_db_text (statement, 0);
  resource->type = cr_db_text (statement, 1);
  resource->name = cr_db_text (statement, 2);
  resource->owner = cr_db_text (statement, 3);
  resource->instance = cr_db_text (statement, 4);
  g_autofree char *body = cr_db_text (statement, 5);
  resource->body = cr_json_parse (body, strlen (body), "the stored resource", error);
  if (resource->body == NULL)
    return NULL;
  resource->created_ms = sqlite3_column_int64 (statement, 6);
  resource->ready_ms = sqlite3_column_int64 (statement, 7);
  return g_steal_pointer (&resource);
}

static ManagerResource *
read_one (Manager *arm, sqlite3_stmt *statement, GError **error)
{
  if (statement == NULL || !cr_db_step (arm->db, statement, error))
    return NULL;
  ManagerResource *resource = read_row (statement, error);
  cr_db_done (statement);
  return resource;
}

ManagerResource *
manager_store_get (Manager *arm, const char *id, GError **error)
{
  g_autofree char *key = g_ascii_strdown (id, -1);
  return read_one (
      arm, cr_db_query (arm->db, error, "SELECT " RESOURCE_COLUMNS " FROM resources WHERE key = ?", "s", key),
      error);
}

ManagerResource *
manager_store_find (Manager *arm, const char *type, const char *lookup, GError **error)
{
  return read_one (arm,
                   cr_db_query (arm->db, error,
                                "SELECT " RESOURCE_COLUMNS " FROM resources WHERE type = ? AND lookup = ?",
                                "ss", type, lookup),
                   error);
}

gboolean
manager_store_locate (Manager *arm, const char *type, const char *lookup, char **id, char **instance)
{
  cr_db_lock (arm->db);
  sqlite3_stmt *statement = cr_db_query (arm->db, NULL,
                                         "SELECT id, instance FROM resources WHERE type = ? AND lookup = ?"
                                         " AND ready_ms <= ?",
                                         "ssi", type, lookup, cr_now_ms ());
  gboolean found = statement != NULL && cr_db_step (arm->db, statement, NULL);
  if (found) {
    *id = cr_db_text (statement, 0);
    *instance = cr_db_text (statement, 1);
    cr_db_done (statement);
  }
  cr_db_unlock (arm->db);
  return found;
}

gboolean
manager_store_put (Manager *arm, ManagerResource *resource, const char *lookup, const char *principal,
                   GError **error)
{
  if (resource->instance == NULL)
    resource->instance = cr_random_hex (32);
  if (resource->created_ms == 0)
    resource->created_ms = cr_now_ms ();
  g_autofree char *key = g_ascii_strdown (resource->id, -1);
  g_autofree char *body = cr_json_dump (resource->body);
  return cr_db_run (
      arm->db, error,
      "INSERT INTO resources (key, id, type, name, owner, instance, lookup, principal, body, created_ms,"
      " ready_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
      " ON CONFLICT (key) DO UPDATE SET body = excluded.body, ready_ms = excluded.ready_ms",
      "sssssssssii", key, resource->id, resource->type, resource->name, resource->owner, resource->instance,
      lookup, principal, body, resource->created_ms, resource->ready_ms);
}

GPtrArray *
manager_store_list (Manager *arm, const char *prefix, const char *type, GError **error)
{
  g_autofree char *lower = g_ascii_strdown (prefix, -1);
  g_autofree char *from = g_strconcat (lower, "/", NULL);
  g_autofree char *to = g_strconcat (lower, "0", NULL); /* '0' follows '/' */
  sqlite3_stmt *statement = cr_db_query (arm->db, error,
                                         "SELECT " RESOURCE_COLUMNS " FROM resources WHERE key > ?1"
                                         " AND key < ?2 AND (?3 IS NULL OR type = ?3) ORDER BY key",
                                         "sss", from, to, type);
  if (statement == NULL)
    return NULL;
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) manager_resource_free);
  g_autoptr (GError) problem = NULL;
  while (cr_db_step (arm->db, statement, &problem)) {
    ManagerResource *resource = read_row (statement, &problem);
    if (resource == NULL) {
      cr_db_done (statement);
      break;
    }
    g_ptr_array_add (list, resource);
  }
  if (problem != NULL) {
    g_propagate_error (error, g_steal_pointer (&problem));
    return NULL;
  }
  return g_steal_pointer (&list);
}

gboolean
manager_store_delete (Manager *arm, const char *id, GError **error)
{
  g_autofree char *key = g_ascii_strdown (id, -1);
  g_autofree char *from = g_strconcat (key, "/", NULL);
  g_autofree char *to = g_strconcat (key, "0", NULL);
  if (!cr_db_begin (arm->db, error))
    return FALSE;
  if (!cr_db_run (arm->db, error,
                  "DELETE FROM roles WHERE scope_key = ? OR (scope_key > ? AND scope_key < ?)", "sss", key,
                  from, to)
      || !cr_db_run (arm->db, error, "DELETE FROM resources WHERE key = ? OR (key > ? AND key < ?)", "sss",
                     key, from, to)) {
    cr_db_rollback (arm->db);
    return FALSE;
  }
  return cr_db_commit (arm->db, error);
}
