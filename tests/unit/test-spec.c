/* SPDX-License-Identifier: MIT
 * Specification, datastore and secret store files: as others write them, as we do, and everything that can be
 * wrong.
 */
#include "memory-keys.h"

#include "base/encode.h"
#include "base/error.h"
#include "base/file.h"
#include "spec/dek.h"
#include "spec/spec.h"
#include "spec/stores.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static char *folder;

static char *
write_file (const char *name, const char *text)
{
  char *path = g_build_filename (folder, name, NULL);
  g_assert_true (cr_file_write (path, text, -1, 0600, NULL));
  return path;
}

static char *
read_text (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *text = cr_file_read_text (path, 1000000, &error);
  g_assert_no_error (error);
  return text;
}

static const char *
peek (const json_t *value, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  for (char **name = names; *name != NULL; name++)
    value = g_ascii_isdigit (**name) ? json_array_get (value, (gsize) atoi (*name))
                                     : json_object_get (value, *name);
  return json_string_value (value);
}

/* --- files that others wrote --- */

static const char secretstores[] = "secretstores:\n"
                                   "- configuration: ''\n"
                                   "  name: fabrikam-local-store\n"
                                   "  secretStoreType: Local_File\n"
                                   "  storeProviderUrl: secret/fabrikam-local-store\n"
                                   "  supportedSecretTypes:\n"
                                   "  - Secret\n"
                                   "- configuration: eyJhdXRob3JpdHkiOiAiaHR0cHM6Ly9hdHRlc3QuZXhhbXBsZSJ9\n"
                                   "  name: fabrikam-kek-store\n"
                                   "  secretStoreType: Azure_KeyVault_Managed_HSM\n"
                                   "  storeProviderUrl: https://fabkv.vault.azure.net/\n"
                                   "  supportedSecretTypes:\n"
                                   "  - Key\n";

static const char datastores[] =
    "datastores:\n"
    "- datasetSchema: null\n"
    "  encryptionMode: CPK\n"
    "  name: sales-in\n"
    "  secretstore_config: private/secretstores.config\n"
    "  secretstore_name: fabrikam-local-store\n"
    "  storeName: sales-in\n"
    "  storeProviderConfiguration: ''\n"
    "  storeProviderUrl: https://fabsa.blob.core.windows.net/\n"
    "  storeType: Azure_BlobStorage\n"
    "- {datasetSchema: {format: csv, fields: [{fieldName: who, fieldType: string}]}, encryptionMode: SSE,\n"
    "   name: sales-out, secretstore_config: '', secretstore_name: '', storeName: sales-out-ada,\n"
    "   storeProviderConfiguration: eyJzZWNyZXRJZCI6ICI3YjFmX2NvbnN1bWVyLWF3cy1jb25maWcifQ==,\n"
    "   storeProviderUrl: 'https://s3.amazonaws.com', storeType: Aws_S3}\n";

#define IDENTITY                                                                                             \
  "    clientId: 11111111-1111-1111-1111-111111111111\n"                                                     \
  "    name: fabrikam-identity\n"                                                                            \
  "    tenantId: 22222222-2222-2222-2222-222222222222\n"                                                     \
  "    tokenIssuer:\n"                                                                                       \
  "      federatedIdentity: &cgs\n"                                                                          \
  "        clientId: ''\n"                                                                                   \
  "        name: cleanroom_cgs_oidc\n"                                                                       \
  "        tenantId: ''\n"                                                                                   \
  "        tokenIssuer: {issuer: {configuration: '', protocol: Attested_OIDC, url: 'https://cgs/oidc'},\n"   \
  "          issuerType: AttestationBasedTokenIssuer}\n"                                                     \
  "      issuer: {configuration: '', protocol: AzureAD_Federated, url: 'https://fabweb.example/oidc'}\n"     \
  "      issuerType: FederatedIdentityBasedTokenIssuer\n"

static const char specification[] =
    "applications:\n"
    "- command: [python3, /app/score.py]\n"
    "  datasinks: {}\n"
    "  datasources: {fabrikam-input: /mnt/in}\n"
    "  environmentVariables: {MODE: quick}\n"
    "  image:\n"
    "    enforcementPolicy: {policy: {policyDocument: eyJ0cnVzdFR5cGUiOiAiaHR0cHMifQ==}}\n"
    "    executable: {authenticityReceipt: '', documentType: OCI, identity: null, backingResource: {\n"
    "      id: 'registry.example/"
    "score@sha256:0f0e0d0c0b0a09080706050403020100ffeeddccbbaa99887766554433221100',\n"
    "      name: score, type: AzureContainerRegistry,\n"
    "      provider: {configuration: '', protocol: AzureContainerRegistry, url: registry.example}}}\n"
    "    protection: null\n"
    "  name: score\n"
    "  runtimeSettings: {ports: [], resource: {requests: {cpu: 0.5, memoryInGB: 4}}}\n"
    "  startType: Auto\n"
    "datasinks: []\n"
    "datasources:\n"
    "- identity: &fab\n" IDENTITY "  name: fabrikam-input\n"
    "  path: ''\n"
    "  protection:\n"
    "    configuration: eyJFbmNyeXB0aW9uTW9kZSI6ICJDUEsiLCAiS2V5VHlwZSI6ICJLRUsifQ==\n"
    "    encryptionSecretAccessIdentity: *fab\n"
    "    encryptionSecrets:\n"
    "      dek:\n"
    "        name: wrapped-sales-in-dek-fabkek01\n"
    "        secret:\n"
    "          backingResource: {id: fabrikam-dek-store, name: wrapped-sales-in-dek-fabkek01,\n"
    "            type: AzureKeyVault, provider: {configuration: '', protocol: AzureKeyVault_Secret,\n"
    "            url: 'https://fabkv.vault.azure.net/'}}\n"
    "          secretType: Key\n"
    "      kek:\n"
    "        name: fabkek01\n"
    "        secret:\n"
    "          backingResource: {id: fabrikam-kek-store, name: fabkek01, type: AzureKeyVault, provider: {\n"
    "            configuration: eyJhdXRob3JpdHkiOiAiaHR0cHM6Ly9hdHRlc3QuZXhhbXBsZSJ9,\n"
    "            protocol: AzureKeyVault_SecureKey, url: 'https://fabkv.vault.azure.net/'}}\n"
    "          secretType: Key\n"
    "    privacyPolicy: null\n"
    "    proxyMode: Secure\n"
    "    proxyType: SecureVolume__ReadOnly__Azure__BlobStorage\n"
    "  store: {id: sales-in, name: sales-in, type: Azure_BlobStorage, provider: {configuration: '',\n"
    "    protocol: Azure_BlobStorage, url: 'https://fabsa.blob.core.windows.net/'}}\n"
    "  type: Volume_ReadOnly\n"
    "governance: null\n"
    "identities: [*cgs, *fab]\n"
    "network: null\n"
    "sandbox: null\n";

static void
test_read (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_file ("spec.config", specification);
  g_autoptr (GPtrArray) warnings = spec_findings_new ();
  g_autoptr (json_t) spec = spec_load (path, SPEC_FILE_SPECIFICATION, warnings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (warnings->len, ==, 0);
  g_assert_cmpstr (peek (spec, "identities.1.tokenIssuer.federatedIdentity.name"), ==, "cleanroom_cgs_oidc");
  g_assert_cmpstr (peek (spec, "datasources.0.subdirectory"), ==, ""); /* its default */
  g_assert_cmpstr (peek (spec, "applications.0.environmentVariables.MODE"), ==, "quick");
  const json_t *requests = json_object_get (
      json_object_get (
          json_object_get (json_array_get (json_object_get (spec, "applications"), 0), "runtimeSettings"),
          "resource"),
      "requests");
  g_assert_true (json_is_real (json_object_get (requests, "cpu")));
  g_assert_cmpfloat (json_real_value (json_object_get (requests, "memoryInGB")), ==, 4.0);

  /* Written and read again it is the same, and the second writing is the first. */
  g_autofree char *copy = g_build_filename (folder, "copy.config", NULL);
  g_assert_true (spec_save (copy, SPEC_FILE_SPECIFICATION, spec, &error));
  g_autofree char *first = read_text (copy);
  g_autoptr (json_t) again = spec_load (copy, SPEC_FILE_SPECIFICATION, warnings, &error);
  g_assert_no_error (error);
  g_assert_true (json_equal (spec, again));
  g_assert_true (spec_save (copy, SPEC_FILE_SPECIFICATION, again, &error));
  g_autofree char *second = read_text (copy);
  g_assert_cmpstr (first, ==, second);
  g_assert_true (g_str_has_prefix (first, "applications:\n- command:\n  - python3\n"));
  g_assert_nonnull (strstr (first, "cpu: 0.5\n"));
  GStatBuf status;
  g_assert_cmpint (g_stat (copy, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);

  /* The same as JSON. */
  g_autofree char *json = cr_json_dump_pretty (spec);
  g_autofree char *json_path = write_file ("spec.json", json);
  g_autoptr (json_t) third = spec_load (json_path, SPEC_FILE_SPECIFICATION, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (json_equal (spec, third));
  g_autoptr (GPtrArray) findings = spec_validate (path, SPEC_FILE_SPECIFICATION, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < findings->len; i++)
    g_test_message ("%s", ((SpecFinding *) g_ptr_array_index (findings, i))->reason);
  g_assert_cmpuint (findings->len, ==, 0);
}

/* Texts that a reader could take for something else come back as they are. */
static void
test_texts (void)
{
  static const char *const texts[] = { "YES",
                                       "off",
                                       "=",
                                       ".inf",
                                       "12:30:45",
                                       "1e5",
                                       "0x1f",
                                       "~",
                                       "2025-09-01",
                                       "a\nb\n",
                                       "a\n\nb",
                                       " blank",
                                       "#c",
                                       "- a: b",
                                       "null",
                                       "\"quoted'",
                                       "%",
                                       "\t",
                                       "\303\251",
                                       "{}",
                                       "",
                                       "0o17",
                                       "+.inf",
                                       ".5",
                                       "5911afd3-kek",
                                       "11111111-2222-3333-4444-555555555555" };
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) environment = json_object ();
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autofree char *name = g_strdup_printf ("V%u", i);
    cr_json_set_string (environment, name, texts[i]);
  }
  cr_json_set_string (environment, "on", "a name can be such a text too");
  const SpecApplication application = {
    .name = "a", .image = "r/a", .environment = environment, .cpu = 1, .memory_gb = 0.25
  };
  g_autoptr (json_t) spec = spec_new ();
  spec_put (spec, "applications", spec_application (&application));
  g_autofree char *path = g_build_filename (folder, "texts.config", NULL);
  g_assert_true (spec_save (path, SPEC_FILE_SPECIFICATION, spec, &error));
  g_assert_no_error (error);
  g_autofree char *written = read_text (path); /* as others write it: quotes only where they are needed */
  g_assert_nonnull (strstr (written, ": 5911afd3-kek\n"));
  g_assert_nonnull (strstr (written, ": 11111111-2222-3333-4444-555555555555\n"));
  g_assert_nonnull (strstr (written, ": '2025-09-01'\n"));
  g_autoptr (json_t) again = spec_load (path, SPEC_FILE_SPECIFICATION, NULL, &error);
  g_assert_no_error (error);
  const json_t *read = json_object_get (json_array_get (json_object_get (again, "applications"), 0),
                                        "environmentVariables");
  g_assert_true (json_equal (read, environment));
}

static void
test_stores (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *stores = write_file ("secretstores.config", secretstores);
  g_autoptr (json_t) kek = spec_secretstore_load (stores, "fabrikam-kek-store", &error);
  g_assert_no_error (error);
  g_autofree char *authority = spec_secretstore_authority (kek);
  g_assert_cmpstr (authority, ==, "https://attest.example");
  g_assert_true (spec_secretstore_holds (kek, "Key"));
  g_assert_false (spec_secretstore_holds (kek, "Secret"));
  g_assert_null (spec_secretstore_keyring (kek));

  g_autofree char *data = write_file ("datastores.config", datastores);
  g_autoptr (json_t) bucket = spec_datastore_load (data, "sales-out", &error);
  g_assert_no_error (error);
  g_autofree char *secret = spec_datastore_secret (bucket);
  g_assert_cmpstr (secret, ==, "7b1f_consumer-aws-config");
  g_autoptr (json_t) sales = spec_datastore_load (data, "sales-in", &error);
  g_assert_cmpstr (spec_datastore_mode (sales), ==, "CPK");
  g_autofree char *named = spec_datastore_secretstores (sales, data);
  g_autofree char *beside = g_build_filename (folder, "private/secretstores.config", NULL);
  g_assert_cmpstr (named, ==, beside);

  g_autoptr (json_t) none = spec_datastore_load (data, "nobody", &error);
  g_assert_null (none);
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_assert_cmpstr (cr_error_reason (error), ==, "DataStoreNotFound");
  g_clear_error (&error);

  /* Adding: an existing name stays as it is. */
  gboolean added = TRUE;
  SpecDatastore store = { .name = "sales-in", .url = "https://other", .place = "other" };
  g_assert_true (spec_datastore_add (data, &store, &added, &error));
  g_assert_false (added);
  store.name = "new";
  g_assert_true (spec_datastore_add (data, &store, &added, &error));
  g_assert_true (added);
  g_autoptr (json_t) made = spec_datastore_load (data, "new", &error);
  g_assert_cmpstr (peek (made, "storeProviderUrl"), ==, "https://other/");
  g_assert_cmpstr (peek (made, "encryptionMode"), ==, "SSE");
  g_assert_cmpstr (peek (made, "secretstore_name"), ==, "");
  g_autoptr (json_t) kept = spec_datastore_load (data, "sales-in", &error);
  g_assert_cmpstr (peek (kept, "storeName"), ==, "sales-in");

  const SpecDatastore bad[] = {
    { .name = "b", .url = "u", .place = "p", .type = "Aws_S3", .mode = "CPK", .secret_id = "s" },
    { .name = "b", .url = "u", .place = "p", .type = "Aws_S3" },
    { .name = "b", .url = "u", .place = "p", .mode = "CSE" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_false (spec_datastore_add (data, &bad[i], NULL, &error));
    g_assert_error (error, CR_ERROR, CR_ERROR_USAGE);
    g_clear_error (&error);
  }
  /* A file that is not there, or blank, has no entries. */
  g_autofree char *absent = g_build_filename (folder, "absent", NULL);
  g_autofree char *blank = write_file ("blank", "# nothing yet\n\n");
  g_autoptr (json_t) one = spec_load_or_new (absent, SPEC_FILE_DATASTORES, NULL, &error);
  g_autoptr (json_t) two = spec_load (blank, SPEC_FILE_SECRETSTORES, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (json_array_size (json_object_get (one, "datastores")), ==, 0);
  g_assert_cmpuint (json_array_size (json_object_get (two, "secretstores")), ==, 0);
}

/* --- bad input --- */

static void
test_bad (void)
{
  static const struct {
    SpecFileKind kind;
    const char *text, *expected; /* part of the message after the file's name */
  } table[] = {
    { SPEC_FILE_DATASTORES, "datastores:\n- name: a\n", "bad:2: datastores[0].storeType: it is missing." },
    { SPEC_FILE_DATASTORES, "datastores: x\n", "bad:1: datastores: a list is expected here." },
    { SPEC_FILE_DATASTORES, "- a\n", "bad:1: fields and their values are expected here." },
    { SPEC_FILE_DATASTORES,
      "datastores:\n- name: a\n  storeType: Azure_BlobStorag\n  storeProviderUrl: u\n  storeName: s\n",
      "bad:3: datastores[0].storeType: 'Azure_BlobStorag' is not possible, did you mean "
      "'Azure_BlobStorage'?" },
    { SPEC_FILE_DATASTORES, "datastores:\n- name: 12\n  storeType: Aws_S3\n",
      "bad:2: datastores[0].name: a "
      "text is expected here; put it "
      "in quotes." },
    { SPEC_FILE_DATASTORES, "datastores:\n- name: a\n  name: b\n", "bad:3: the key 'name' is there twice." },
    { SPEC_FILE_DATASTORES,
      "datastores:\n- name: a\n  storeType: Aws_S3\n  storeProviderUrl: u\n  storeName: s\n"
      "  datasetSchema: {format: csv, fields: [{fieldName: a, fieldType: text}]}\n",
      "bad:6: datastores[0].datasetSchema.fields[0].fieldType: 'text' is not possible" },
    { SPEC_FILE_SECRETSTORES,
      "secretstores:\n- name: a\n  secretStoreType: Local_File\n"
      "  storeProviderUrl: x\n  configuration: ''\n  supportedSecretTypes: Secret\n",
      "bad:6: secretstores[0].supportedSecretTypes: a list is expected here." },
    { SPEC_FILE_SPECIFICATION, "identities:\n- name: a\n  clientId: ''\n  tenantId: ''\n  tokenIssuer: {}\n",
      "bad:5: identities[0].tokenIssuer.issuerType: it is missing." },
    { SPEC_FILE_SPECIFICATION,
      "identities:\n- name: a\n  clientId: ''\n  tenantId: ''\n  tokenIssuer:\n    issuerType: Nobody\n",
      "bad:6: identities[0].tokenIssuer.issuerType: 'Nobody' is not possible" },
    { SPEC_FILE_SPECIFICATION, "network:\n  dns:\n    enabled: perhaps\n    port: 53\n",
      "bad:3: network.dns.enabled: true or false is expected here." },
    { SPEC_FILE_SPECIFICATION, "network:\n  dns:\n    enabled: true\n    port: dns\n",
      "bad:4: network.dns.port: a whole number is expected here." },
    { SPEC_FILE_SPECIFICATION, "network:\n  tcp:\n    outbound:\n      enabled: true\n",
      "bad:4: network.tcp.outbound.allowedIPs: it is missing." },
    { SPEC_FILE_SPECIFICATION, "datasources: null\n", "bad:1: datasources: a list is expected here." },
    { SPEC_FILE_SPECIFICATION, "applications:\n- 1\n", "bad:2: applications[0]: fields and their values" },
    { SPEC_FILE_SPECIFICATION, "a: [\n", "bad:2: " },
    { SPEC_FILE_SPECIFICATION, "a: \"\xff\"\n", "bad:1: not UTF-8 text." },
    { SPEC_FILE_SPECIFICATION, "a: *b\n", "bad:1: " },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *path = write_file ("bad", table[i].text);
    g_autoptr (GError) error = NULL;
    g_autoptr (json_t) value = spec_load (path, table[i].kind, NULL, &error);
    g_assert_null (value);
    g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
    if (strstr (error->message, table[i].expected) == NULL)
      g_error ("row %zu: \"%s\" does not say \"%s\"", i, error->message, table[i].expected);
  }
  g_autoptr (GError) error = NULL;
  g_autofree char *absent = g_build_filename (folder, "absent", NULL);
  g_autoptr (json_t) value = spec_load (absent, SPEC_FILE_SPECIFICATION, NULL, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
}

/* What the model does not accept is not written, and what was there stays. */
static void
test_save_bad (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_build_filename (folder, "never", NULL);
  g_autoptr (json_t) spec = spec_new ();
  json_array_append_new (json_object_get (spec, "applications"), json_pack ("{s:s}", "name", "a"));
  g_assert_false (spec_save (path, SPEC_FILE_SPECIFICATION, spec, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "applications[0].image: it is missing."));
  g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
}

static void
expect (const char *text, const char *code, gboolean is_error, guint line)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_file ("check.config", text);
  g_autoptr (GPtrArray) findings = spec_validate (path, SPEC_FILE_SPECIFICATION, &error);
  g_assert_no_error (error);
  for (guint i = 0; i < findings->len; i++) {
    const SpecFinding *finding = g_ptr_array_index (findings, i);
    if (strcmp (finding->code, code) == 0 && finding->error == is_error && finding->line == line)
      return;
    g_autofree char *found = spec_finding_text (finding);
    g_test_message ("%s %s", finding->code, found);
  }
  g_test_message ("%s at line %u is not found", code, line);
  g_test_fail ();
}

/* SPECIFICATION with FROM replaced by TO (the first time). */
static char *
changed (const char *from, const char *to)
{
  const char *at = strstr (specification, from);
  g_assert_nonnull (at);
  return g_strdup_printf ("%.*s%s%s", (int) (at - specification), specification, to, at + strlen (from));
}

static void
test_validate (void)
{
  static const struct {
    const char *from, *to, *code;
    gboolean error;
    guint line;
  } table[] = {
    { "{fabrikam-input: /mnt/in}", "{other: /mnt/in}", "DataStoreNotFound", TRUE, 4 },
    { "datasinks: {}", "datasinks: {fabrikam-input: /mnt/out}", "DatasinkNotFound", TRUE, 3 },
    { "/mnt/in}", "mnt}", "MountPathNotAbsolute", FALSE, 4 },
    { "@sha256:0f0e0d0c0b0a09080706050403020100ffeeddccbbaa99887766554433221100", ":latest",
      "ImageWithoutDigest", FALSE, 9 },
    { "ports: []", "ports: [80, 80]", "DuplicatePort", TRUE, 14 },
    { "ports: []", "ports: [80]", "InboundTrafficNotAllowed", FALSE, 14 },
    { "ports: []", "ports: [70000]", "InvalidPort", TRUE, 14 },
    { "startType: Auto", "startType: Sometimes", "UnknownValue", TRUE, 15 },
    { "startType: Auto", "startType: Auto\n  colour: red", "UnknownField", FALSE, 16 },
    { "identities: [*cgs, *fab]", "identities: [*cgs]", "IdentityConfigurationNotFound", FALSE, 18 },
    { "identities: [*cgs, *fab]", "identities: [*cgs, *cgs, *fab]", "DuplicateName", FALSE, 23 },
    { "identities: [*cgs, *fab]",
      "identities: [*cgs, {name: fabrikam-identity, clientId: '', tenantId: '', tokenIssuer: {issuerType: "
      "AttestationBasedTokenIssuer, issuer: {protocol: Attested_OIDC, url: u}}}]",
      "IdentityChanged", FALSE, 18 },
    { "type: Volume_ReadOnly", "type: Volume_ReadWrite", "UnexpectedAccess", FALSE, 56 },
    { "    encryptionSecretAccessIdentity: *fab\n", "", "EncryptionSecretsIncomplete", TRUE, 34 },
    { "configuration: eyJFbmNyeXB0aW9uTW9kZSI6ICJDUEsiLCAiS2V5VHlwZSI6ICJLRUsifQ==",
      "configuration: eyJFbmNyeXB0aW9uTW9kZSI6ICJYWCJ9", "UnknownEncryptionMode", TRUE, 34 },
    { "configuration: eyJFbmNyeXB0aW9uTW9kZSI6ICJDUEsiLCAiS2V5VHlwZSI6ICJLRUsifQ==", "configuration: bm8=",
      "UnknownEncryptionMode", TRUE, 34 },
    { "type: Volume_ReadOnly", "subdirectory: a/../../b\n  type: Volume_ReadOnly", "InvalidSubdirectory",
      TRUE, 56 },
    { "network: null",
      "network: {http: {outbound: {enabled: true, policy: {proxyType: API, proxyMode: Open}}}}",
      "OutboundAllowAll", FALSE, 59 },
    { "network: null",
      "network: {http: {inbound: {enabled: true, policy: {proxyType: API, proxyMode: Open}}}}",
      "InboundAllowAll", FALSE, 59 },
    { "sandbox: null", "sandbox: null\nextra: 1", "UnknownField", FALSE, 61 },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++) {
    g_autofree char *text = changed (table[i].from, table[i].to);
    g_test_message ("row %zu", i);
    expect (text, table[i].code, table[i].error, table[i].line);
  }
  expect ("identities: []\ndatasources: []\ndatasinks: []\n", "MissingField", FALSE, 1);
}

/* --- several as one --- */

static void
test_merge (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = write_file ("spec.config", specification);
  g_autoptr (json_t) base = spec_new ();
  g_autoptr (json_t) other = spec_load (path, SPEC_FILE_SPECIFICATION, NULL, &error);
  g_autoptr (GPtrArray) warnings = spec_findings_new ();
  g_assert_true (spec_merge (base, other, "other", warnings, &error));
  g_assert_cmpuint (warnings->len, ==, 0);
  g_assert_cmpuint (json_array_size (json_object_get (base, "identities")), ==, 2); /* one was there */
  g_assert_true (spec_merge (base, other, "other", warnings, &error));
  g_assert_cmpuint (json_array_size (json_object_get (base, "datasources")), ==, 1);

  /* An entry of the same name that differs stays beside the first. */
  json_object_set_new (json_array_get (json_object_get (other, "datasources"), 0), "subdirectory",
                       json_string ("2025"));
  g_assert_true (spec_merge (base, other, "other", warnings, &error));
  g_assert_cmpuint (json_array_size (json_object_get (base, "datasources")), ==, 2);
  g_assert_cmpuint (warnings->len, ==, 1);
  const SpecFinding *finding = g_ptr_array_index (warnings, 0);
  g_assert_cmpstr (finding->field, ==, "datasources[1].name");

  g_autoptr (json_t) one = json_pack ("{s:{s:{s:b, s:i}}}", "network", "dns", "enabled", TRUE, "port", 53);
  g_autoptr (json_t) two = json_pack ("{s:{s:{s:b, s:i}}}", "network", "dns", "enabled", TRUE, "port", 54);
  g_assert_false (spec_merge (one, two, "two.config", NULL, &error));
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, "two.config: network.dns.port is 54 here and 53 in the files before.");
}

static void
test_names (void)
{
  g_autofree char *kek = spec_kek_name ("private/fabrikam.config");
  g_autofree char *secret = spec_kek_name ("private/fabrikam.config-1");
  g_assert_cmpstr (kek, ==, "cd17aa5e-kek");
  g_assert_cmpstr (secret, ==, "7c7cbe87-kek");
  g_autofree char *sink = spec_telemetry_name ("infrastructure-telemetry", "private/fabrikam.config");
  g_assert_cmpstr (sink, ==, "infrastructure-telemetry-cd17aa5e-fabrikamconfig");
  g_autofree char *cut = spec_telemetry_name ("application-telemetry",
                                              "/x/A-Very_Long.Name.Of.A.Specification.That.Goes.On.config");
  g_assert_cmpuint (strlen (cut), ==, 63);
  g_assert_nonnull (strstr (cut, "-averylongname"));
}

/* --- access points --- */

static json_t *
entry (const char *name, const char *type, const char *mode)
{
  gboolean s3 = strcmp (type, "Aws_S3") == 0;
  return json_pack ("{s:s, s:s, s:s, s:s, s:s, s:s}", "name", name, "storeType", type, "encryptionMode", mode,
                    "storeProviderUrl", "https://store/", "storeName", "place", "storeProviderConfiguration",
                    s3 ? "eyJzZWNyZXRJZCI6ICJzMSJ9" : "");
}

static void
test_access (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (json_t) spec = spec_new ();
  json_t *identity = json_array_get (json_object_get (spec, "identities"), 0);
  const SpecSecretStore vault = { .name = "d", .type = SPEC_STORE_VAULT, .url = "https://kv/" };
  const SpecSecretStore hsm = {
    .name = "k", .type = SPEC_STORE_RELEASE, .url = "https://hsm/", .authority = "https://attest.example"
  };
  const SpecSecretStore keyring = { .name = "l", .type = SPEC_STORE_FOLDER, .url = "keyring:northwind" };
  g_autoptr (json_t) dek = spec_secretstore_entry (&vault), kek = spec_secretstore_entry (&hsm),
                     local = spec_secretstore_entry (&keyring);
  g_assert_cmpstr (spec_secretstore_keyring (local), ==, "northwind");

  g_autoptr (json_t) cse = entry ("sales", "Azure_BlobStorage_DataLakeGen2", "CSE");
  SpecAccess access = { .access = DATA_ACCESS_WRITE,
                        .datastore = cse,
                        .identity = identity,
                        .dek_store = dek,
                        .kek_store = kek,
                        .kek = "kek1",
                        .subdirectory = "out" };
  g_autoptr (json_t) point = spec_access_point (&access, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (peek (point, "name"), ==, "sales");
  g_assert_cmpstr (peek (point, "subdirectory"), ==, "out");
  g_assert_cmpstr (peek (point, "protection.proxyType"), ==,
                   "SecureVolume__ReadWrite__Azure__BlobStorage__DataLakeGen2");
  g_assert_cmpstr (peek (point, "protection.encryptionSecrets.dek.name"), ==, "wrapped-sales-dek-kek1");
  g_assert_cmpstr (peek (point, "protection.encryptionSecrets.kek.secret.backingResource.provider.url"), ==,
                   "https://hsm/");
  spec_put (spec, "datasinks", json_incref (point));
  g_autofree char *path = g_build_filename (folder, "made.config", NULL);
  g_assert_true (spec_set_telemetry (spec, "sales", &error));
  g_assert_true (spec_save (path, SPEC_FILE_SPECIFICATION, spec, &error));
  g_assert_no_error (error);
  g_autoptr (GPtrArray) findings = spec_validate (path, SPEC_FILE_SPECIFICATION, &error);
  g_assert_cmpuint (findings->len, ==, 0);

  g_autoptr (json_t) bucket = entry ("b", "Aws_S3", "SSE");
  const SpecAccess s3 = { .name = "x", .datastore = bucket, .identity = identity };
  g_autoptr (json_t) other = spec_access_point (&s3, &error);
  g_assert_no_error (error);
  g_assert_true (json_is_null (json_object_get (other, "identity")));
  g_assert_cmpstr (peek (other, "protection.proxyType"), ==, "SecureVolume__ReadOnly__Aws__S3");

  const struct {
    const json_t *datastore, *identity, *dek, *kek;
    const char *code;
  } bad[] = {
    { cse, NULL, dek, kek, "IdentityConfigurationNotFound" },
    { cse, identity, NULL, NULL, "SecretStoreNotFound" },
    { cse, identity, local, kek, "UnsupportedDekSecretStore" },
    { cse, identity, kek, kek, "UnsupportedDekSecretStore" },
    { cse, identity, dek, dek, "UnsupportedKekSecretStore" },
  };
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++) {
    access.datastore = bad[i].datastore;
    access.identity = bad[i].identity;
    access.dek_store = bad[i].dek;
    access.kek_store = bad[i].kek;
    g_autoptr (json_t) none = spec_access_point (&access, &error);
    g_assert_null (none);
    g_assert_cmpstr (cr_error_reason (error), ==, bad[i].code);
    g_clear_error (&error);
  }
}

/* --- keys --- */

static void
test_dek (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *keys = g_build_filename (folder, "keys", NULL);
  const SpecSecretStore plain = { .name = "f", .type = SPEC_STORE_FOLDER, .url = keys };
  g_autoptr (json_t) store = spec_secretstore_entry (&plain);
  const SpecDek dek = { .store = store, .name = "sales" };
  g_autoptr (GBytes) none = spec_dek_get (&dek, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_autoptr (GBytes) made = spec_dek_ensure (&dek, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (g_bytes_get_size (made), ==, 32);
  g_autoptr (GBytes) again = spec_dek_ensure (&dek, NULL, &error);
  g_assert_true (g_bytes_equal (made, again));
  g_autofree char *file = g_build_filename (keys, "sales.bin", NULL);
  GStatBuf status;
  g_assert_cmpint (g_stat (file, &status), ==, 0);
  g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (status.st_size, ==, 32);
  /* A key file that was cut is no key, and is not replaced. */
  g_assert_true (cr_file_write (file, "short", 5, 0600, &error));
  g_autoptr (GBytes) cut = spec_dek_ensure (&dek, NULL, &error);
  g_assert_error (error, CR_ERROR, CR_ERROR_INPUT);
  g_clear_error (&error);

  g_autoptr (KeyStore) ring = memory_keys_new ();
  const SpecSecretStore keyring = { .name = "l", .type = SPEC_STORE_FOLDER, .url = "keyring:northwind" };
  g_autoptr (json_t) local = spec_secretstore_entry (&keyring);
  const SpecDek other = { .store = local, .name = "sales", .keys = ring, .collaboration = "c1" };
  g_autoptr (GBytes) first = spec_dek_ensure (&other, NULL, &error);
  g_assert_no_error (error);
  g_autoptr (GBytes) second = spec_dek_get (&other, &error);
  g_assert_true (g_bytes_equal (first, second));
  g_assert_false (g_bytes_equal (first, made));
}

#define MARK_BYTES 32u
#define MAPPING_MAX (256u * 1024 * 1024) /* larger ones are reserved, not used */

/* How often the 32 bytes that are HIDDEN xor 0x5a lie in LENGTH bytes. */
static guint
count_marks (const guint8 *data, gsize length, const guint8 *hidden)
{
  guint found = 0;
  for (gsize i = 0; i + MARK_BYTES <= length; i++) {
    gsize k = 0;
    while (k < MARK_BYTES && data[i + k] == (hidden[k] ^ 0x5a))
      k++;
    found += k == MARK_BYTES;
  }
  return found;
}

/* The same in all memory of this process that can be written to. */
static guint
count_in_memory (const guint8 *hidden)
{
  g_autofree char *maps = NULL;
  g_assert_true (g_file_get_contents ("/proc/self/maps", &maps, NULL, NULL));
  g_auto (GStrv) lines = g_strsplit (maps, "\n", -1);
  int fd = g_open ("/proc/self/mem", O_RDONLY | O_CLOEXEC, 0);
  guint found = 0;
  for (guint i = 0; lines[i] != NULL; i++) {
    char *rest = NULL;
    guint64 first = g_ascii_strtoull (lines[i], &rest, 16);
    guint64 end = *rest == '-' ? g_ascii_strtoull (rest + 1, &rest, 16) : 0;
    if (end <= first || end - first > MAPPING_MAX || !g_str_has_prefix (rest, " rw"))
      continue;
    gsize length = (gsize) (end - first);
    /* A mapping of its own, not one of the heap that is being looked at. */
    guint8 *copy = mmap (NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    g_assert_true (copy != MAP_FAILED);
    ssize_t n = pread (fd, copy, length, (off_t) first);
    found += n > 0 ? count_marks (copy, (gsize) n, hidden) : 0;
    munmap (copy, length);
  }
  close (fd);
  return found;
}

/* Once a key from a file has been let go of, nothing of it is left behind. */
static void
test_dek_wiped (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *keys = g_build_filename (folder, "wiped", NULL);
  g_autofree char *file = g_build_filename (keys, "sales.bin", NULL);
  const SpecSecretStore plain = { .name = "f", .type = SPEC_STORE_FOLDER, .url = keys };
  g_autoptr (json_t) store = spec_secretstore_entry (&plain);
  const SpecDek dek = { .store = store, .name = "sales" };
  guint8 hidden[MARK_BYTES];
  g_assert_true (cr_dir_make (keys, 0700, &error));
  cr_random_bytes (hidden, sizeof hidden);
  pid_t child = fork ();
  if (child == 0) { /* this process never has it but by reading */
    guint8 bytes[MARK_BYTES];
    for (guint i = 0; i < MARK_BYTES; i++)
      bytes[i] = hidden[i] ^ 0x5a;
    int fd = open (file, O_WRONLY | O_CREAT | O_EXCL, 0600);
    _exit (fd >= 0 && write (fd, bytes, sizeof bytes) == MARK_BYTES ? 0 : 1);
  }
  int status = 0;
  g_assert_cmpint (waitpid (child, &status, 0), ==, child);
  g_assert_cmpint (status, ==, 0);
  g_assert_cmpuint (count_in_memory (hidden), ==, 0);
  GBytes *key = spec_dek_get (&dek, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (count_in_memory (hidden), ==, 1);
  g_bytes_unref (key);
  g_assert_cmpuint (count_in_memory (hidden), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("cleanroom-spec-XXXXXX", NULL);
  g_test_add_func ("/spec/read", test_read);
  g_test_add_func ("/spec/texts", test_texts);
  g_test_add_func ("/spec/stores", test_stores);
  g_test_add_func ("/spec/bad", test_bad);
  g_test_add_func ("/spec/save-bad", test_save_bad);
  g_test_add_func ("/spec/validate", test_validate);
  g_test_add_func ("/spec/merge", test_merge);
  g_test_add_func ("/spec/names", test_names);
  g_test_add_func ("/spec/access", test_access);
  g_test_add_func ("/spec/dek", test_dek);
  g_test_add_func ("/spec/dek-wiped", test_dek_wiped);
  int result = g_test_run ();
  cr_dir_remove (folder, NULL);
  g_free (folder);
  return result;
}
