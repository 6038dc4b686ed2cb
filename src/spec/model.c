/* SPDX-License-Identifier: MIT
 * The tables of fields (model.h).
 */
#include "spec/model.h"

#define END                                                                                                  \
  {                                                                                                          \
    NULL, NULL, SPEC_REQUIRED                                                                                \
  }
#define OBJECT(table)                                                                                        \
  {                                                                                                          \
    .shape = SPEC_OBJECT, .fields = table                                                                    \
  }
#define LIST(type)                                                                                           \
  {                                                                                                          \
    .shape = SPEC_LIST, .of = &type                                                                          \
  }
#define WORDS(...)                                                                                           \
  {                                                                                                          \
    .shape = SPEC_WORD, .words = (const char *const[])                                                       \
    {                                                                                                        \
      __VA_ARGS__, NULL                                                                                      \
    }                                                                                                        \
  }

static const SpecType text = { .shape = SPEC_TEXT }, integer = { .shape = SPEC_INTEGER },
                      number = { .shape = SPEC_NUMBER }, flag = { .shape = SPEC_FLAG },
                      map = { .shape = SPEC_MAP };
static const SpecType texts = LIST (text), integers = LIST (integer);

/* --- services, resources, identities --- */

static const SpecType protocol = WORDS ("AzureAD_Federated", "AzureAD_ManagedIdentity", "AzureAD_Secret",
                                        "Attested_OIDC", "AzureKeyVault_Secret", "AzureKeyVault_SecureKey",
                                        "AzureKeyVault_Key", "AzureKeyVault_Certificate", "Cgs_Secret",
                                        "Azure_BlobStorage", "Azure_BlobStorage_DataLakeGen2",
                                        "Azure_OneLake", "Aws_S3", "AzureContainerRegistry");
static const SpecField endpoint_fields[] = { { "protocol", &protocol, SPEC_REQUIRED },
                                             { "url", &text, SPEC_REQUIRED },
                                             { "configuration", &text, SPEC_BLANK },
                                             END };
static const SpecType endpoint = OBJECT (endpoint_fields);

static const SpecType resource_kind = WORDS ("Azure_BlobStorage", "Azure_BlobStorage_DataLakeGen2",
                                             "Azure_OneLake", "Aws_S3", "AzureKeyVault", "Cgs",
                                             "AzureContainerRegistry");
static const SpecField resource_fields[] = { { "name", &text, SPEC_REQUIRED },
                                             { "type", &resource_kind, SPEC_REQUIRED },
                                             { "id", &text, SPEC_REQUIRED },
                                             { "provider", &endpoint, SPEC_REQUIRED },
                                             END };
static const SpecType resource = OBJECT (resource_fields);

static const SpecType secret_kind = WORDS ("Secret", "Certificate", "Key");
static const SpecField secret_fields[] = { { "secretType", &secret_kind, SPEC_REQUIRED },
                                           { "backingResource", &resource, SPEC_REQUIRED },
                                           END };
static const SpecType secret = OBJECT (secret_fields);

static const SpecType identity;
#define ISSUER_ATTESTED "AttestationBasedTokenIssuer"
#define ISSUER_SECRET "SecretBasedTokenIssuer"
#define ISSUER_FEDERATED "FederatedIdentityBasedTokenIssuer"
static const SpecField attested_fields[] = { { "issuerType", &text, SPEC_REQUIRED },
                                             { "issuer", &endpoint, SPEC_REQUIRED },
                                             END };
static const SpecField by_secret_fields[] = { { "issuerType", &text, SPEC_REQUIRED },
                                              { "issuer", &endpoint, SPEC_REQUIRED },
                                              { "secret", &secret, SPEC_REQUIRED },
                                              { "secretAccessIdentity", &identity, SPEC_REQUIRED },
                                              END };
static const SpecField federated_fields[] = { { "issuerType", &text, SPEC_REQUIRED },
                                              { "issuer", &endpoint, SPEC_REQUIRED },
                                              { "federatedIdentity", &identity, SPEC_REQUIRED },
                                              END };
static const SpecType attested = OBJECT (attested_fields), by_secret = OBJECT (by_secret_fields),
                      federated = OBJECT (federated_fields);

static const SpecType *
choose_issuer (const CrYaml *node, const char **member)
{
  const char *word = cr_yaml_optional (node, "issuerType");
  *member = "issuerType";
  return g_strcmp0 (word, ISSUER_ATTESTED) == 0    ? &attested
         : g_strcmp0 (word, ISSUER_SECRET) == 0    ? &by_secret
         : g_strcmp0 (word, ISSUER_FEDERATED) == 0 ? &federated
                                                   : NULL;
}

static const SpecType issuer = { .shape = SPEC_CHOICE,
                                 .words = (const char *const[]){ ISSUER_ATTESTED, ISSUER_SECRET,
                                                                 ISSUER_FEDERATED, NULL },
                                 .choose = choose_issuer };
static const SpecField identity_fields[] = { { "name", &text, SPEC_REQUIRED },
                                             { "clientId", &text, SPEC_REQUIRED },
                                             { "tenantId", &text, SPEC_REQUIRED },
                                             { "tokenIssuer", &issuer, SPEC_REQUIRED },
                                             END };
static const SpecType identity = OBJECT (identity_fields);
static const SpecType identities = LIST (identity);

/* --- policies: inside the file, or a document of a registry --- */

static const SpecField document_fields[] = { { "documentType", &text, SPEC_REQUIRED },
                                             { "authenticityReceipt", &text, SPEC_REQUIRED },
                                             { "identity", &identity, SPEC_OPTIONAL },
                                             { "backingResource", &resource, SPEC_REQUIRED },
                                             END };
static const SpecField inline_fields[] = { { "policyDocument", &text, SPEC_OPTIONAL }, END };
static const SpecType document = OBJECT (document_fields), inline_policy = OBJECT (inline_fields);

static const SpecType *
choose_policy (const CrYaml *node, const char **member)
{
  *member = "policyDocument";
  return cr_yaml_get (node, "documentType") != NULL || cr_yaml_get (node, "backingResource") != NULL
             ? &document
             : &inline_policy;
}

static const SpecType policy_body = { .shape = SPEC_CHOICE, .choose = choose_policy };
static const SpecField policy_fields[] = { { "policy", &policy_body, SPEC_OPTIONAL }, END };
static const SpecType policy = OBJECT (policy_fields);

/* --- data --- */

static const SpecField key_fields[] = { { "name", &text, SPEC_REQUIRED },
                                        { "secret", &secret, SPEC_REQUIRED },
                                        END };
static const SpecType key = OBJECT (key_fields);
static const SpecField keys_fields[] = { { "dek", &key, SPEC_REQUIRED },
                                         { "kek", &key, SPEC_OPTIONAL },
                                         END };
static const SpecType keys = OBJECT (keys_fields);

static const SpecType proxy =
    WORDS ("SecureVolume__ReadOnly__Azure__OneLake", "SecureVolume__ReadOnly__Azure__BlobStorage",
           "SecureVolume__ReadOnly__Azure__BlobStorage__DataLakeGen2", "SecureVolume__ReadOnly__Aws__S3",
           "SecureVolume__ReadWrite__Azure__OneLake", "SecureVolume__ReadWrite__Azure__BlobStorage",
           "SecureVolume__ReadWrite__Azure__BlobStorage__DataLakeGen2", "SecureVolume__ReadWrite__Aws__S3",
           "API", "SecureAPI");
static const SpecType proxy_mode = WORDS ("Secure", "Open");
static const SpecField protection_fields[] = { { "proxyType", &proxy, SPEC_REQUIRED },
                                               { "proxyMode", &proxy_mode, SPEC_REQUIRED },
                                               { "privacyPolicy", &policy, SPEC_OPTIONAL },
                                               { "configuration", &text, SPEC_BLANK },
                                               { "encryptionSecrets", &keys, SPEC_OPTIONAL },
                                               { "encryptionSecretAccessIdentity", &identity, SPEC_OPTIONAL },
                                               END };
static const SpecType protection = OBJECT (protection_fields);

static const SpecType access_kind = WORDS ("Volume_ReadWrite", "Volume_ReadOnly");
static const SpecField access_fields[] = {
  { "name", &text, SPEC_REQUIRED },         { "type", &access_kind, SPEC_REQUIRED },
  { "path", &text, SPEC_REQUIRED },         { "store", &resource, SPEC_REQUIRED },
  { "identity", &identity, SPEC_OPTIONAL }, { "protection", &protection, SPEC_REQUIRED },
  { "subdirectory", &text, SPEC_BLANK },    END
};
static const SpecType access_point = OBJECT (access_fields);
static const SpecType access_points = LIST (access_point);

/* --- applications --- */

static const SpecField image_fields[] = { { "executable", &document, SPEC_REQUIRED },
                                          { "protection", &protection, SPEC_OPTIONAL },
                                          { "enforcementPolicy", &policy, SPEC_REQUIRED },
                                          END };
static const SpecType image = OBJECT (image_fields);
static const SpecField request_fields[] = { { "cpu", &number, SPEC_REQUIRED },
                                            { "memoryInGB", &number, SPEC_REQUIRED },
                                            END };
static const SpecType requests = OBJECT (request_fields);
static const SpecField needs_fields[] = { { "requests", &requests, SPEC_REQUIRED }, END };
static const SpecType needs = OBJECT (needs_fields);
static const SpecField runtime_fields[] = { { "ports", &integers, SPEC_REQUIRED },
                                            { "resource", &needs, SPEC_REQUIRED },
                                            END };
static const SpecType runtime = OBJECT (runtime_fields);
static const SpecType start_kind = WORDS ("Auto", "Manual");
static const SpecField application_fields[] = { { "name", &text, SPEC_REQUIRED },
                                                { "image", &image, SPEC_REQUIRED },
                                                { "startType", &start_kind, SPEC_REQUIRED },
                                                { "command", &texts, SPEC_REQUIRED },
                                                { "environmentVariables", &map, SPEC_REQUIRED },
                                                { "datasources", &map, SPEC_OPTIONAL },
                                                { "datasinks", &map, SPEC_OPTIONAL },
                                                { "runtimeSettings", &runtime, SPEC_REQUIRED },
                                                END };
static const SpecType application = OBJECT (application_fields);
static const SpecType applications = LIST (application);

/* --- network --- */

static const SpecField traffic_fields[] = { { "enabled", &flag, SPEC_REQUIRED },
                                            { "policy", &protection, SPEC_REQUIRED },
                                            END };
static const SpecType traffic = OBJECT (traffic_fields);
static const SpecField http_fields[] = { { "inbound", &traffic, SPEC_OPTIONAL },
                                         { "outbound", &traffic, SPEC_OPTIONAL },
                                         END };
static const SpecType http = OBJECT (http_fields);
static const SpecField address_fields[] = { { "address", &text, SPEC_REQUIRED },
                                            { "port", &integer, SPEC_REQUIRED },
                                            END };
static const SpecType address = OBJECT (address_fields);
static const SpecType addresses = LIST (address);
static const SpecField allowed_fields[] = { { "enabled", &flag, SPEC_REQUIRED },
                                            { "allowedIPs", &addresses, SPEC_REQUIRED },
                                            END };
static const SpecType allowed = OBJECT (allowed_fields);
static const SpecField tcp_fields[] = { { "outbound", &allowed, SPEC_OPTIONAL }, END };
static const SpecType tcp = OBJECT (tcp_fields);
static const SpecField dns_fields[] = { { "enabled", &flag, SPEC_REQUIRED },
                                        { "port", &integer, SPEC_REQUIRED },
                                        END };
static const SpecType dns = OBJECT (dns_fields);
static const SpecField network_fields[] = {
  { "http", &http, SPEC_OPTIONAL }, { "tcp", &tcp, SPEC_OPTIONAL }, { "dns", &dns, SPEC_OPTIONAL }, END
};
static const SpecType network = OBJECT (network_fields);

/* --- governance --- */

static const SpecField service_fields[] = { { "url", &text, SPEC_REQUIRED },
                                            { "method", &text, SPEC_REQUIRED },
                                            { "validResponses", &integers, SPEC_REQUIRED },
                                            { "identity", &identity, SPEC_REQUIRED },
                                            END };
static const SpecType service = OBJECT (service_fields);
static const SpecType services = LIST (service);
static const SpecField infrastructure_fields[] = { { "consent", &service, SPEC_OPTIONAL },
                                                   { "metrics", &access_point, SPEC_REQUIRED },
                                                   { "traces", &access_point, SPEC_REQUIRED },
                                                   { "logs", &access_point, SPEC_REQUIRED },
                                                   END };
static const SpecType infrastructure = OBJECT (infrastructure_fields);
static const SpecField logging_fields[] = { { "consent", &service, SPEC_OPTIONAL },
                                            { "logs", &access_point, SPEC_REQUIRED },
                                            END };
static const SpecType logging = OBJECT (logging_fields);
static const SpecField telemetry_fields[] = { { "infrastructure", &infrastructure, SPEC_OPTIONAL },
                                              { "application", &logging, SPEC_OPTIONAL },
                                              END };
static const SpecType telemetry = OBJECT (telemetry_fields);
static const SpecField governance_fields[] = { { "consent", &services, SPEC_OPTIONAL },
                                               { "audit", &services, SPEC_OPTIONAL },
                                               { "telemetry", &telemetry, SPEC_OPTIONAL },
                                               END };
static const SpecType governance = OBJECT (governance_fields);

/* --- the three files --- */

static const SpecType sandbox_kind = WORDS ("Type_0", "None");
static const SpecField sandbox_fields[] = { { "sandboxType", &sandbox_kind, SPEC_REQUIRED },
                                            { "privacyPolicy", &policy, SPEC_OPTIONAL },
                                            { "configuration", &text, SPEC_BLANK },
                                            END };
static const SpecType sandbox = OBJECT (sandbox_fields);
static const SpecField specification_fields[] = {
  { "sandbox", &sandbox, SPEC_OPTIONAL },         { "identities", &identities, SPEC_LISTED },
  { "datasources", &access_points, SPEC_LISTED }, { "datasinks", &access_points, SPEC_LISTED },
  { "applications", &applications, SPEC_LISTED }, { "network", &network, SPEC_OPTIONAL },
  { "governance", &governance, SPEC_OPTIONAL },   END
};
const SpecType spec_type_specification = OBJECT (specification_fields);

static const SpecType format = WORDS ("csv", "json", "parquet");
static const SpecType column_kind = WORDS ("string", "integer", "number", "boolean", "date", "long",
                                           "timestamp");
static const SpecField column_fields[] = { { "fieldName", &text, SPEC_REQUIRED },
                                           { "fieldType", &column_kind, SPEC_REQUIRED },
                                           END };
static const SpecType column = OBJECT (column_fields);
static const SpecType columns = LIST (column);
static const SpecField schema_fields[] = { { "format", &format, SPEC_REQUIRED },
                                           { "fields", &columns, SPEC_REQUIRED },
                                           END };
static const SpecType schema = OBJECT (schema_fields);
static const SpecType encryption = WORDS ("CSE", "CPK", "SSE");
static const SpecType store_kind = WORDS ("Azure_BlobStorage", "Azure_BlobStorage_DataLakeGen2",
                                          "Azure_OneLake", "Aws_S3");
static const SpecField datastore_fields[] = { { "name", &text, SPEC_REQUIRED },
                                              { "secretstore_config", &text, SPEC_OPTIONAL },
                                              { "secretstore_name", &text, SPEC_OPTIONAL },
                                              { "encryptionMode", &encryption, SPEC_OPTIONAL },
                                              { "storeType", &store_kind, SPEC_REQUIRED },
                                              { "storeProviderUrl", &text, SPEC_REQUIRED },
                                              { "storeProviderConfiguration", &text, SPEC_OPTIONAL },
                                              { "storeName", &text, SPEC_REQUIRED },
                                              { "datasetSchema", &schema, SPEC_OPTIONAL },
                                              END };
static const SpecType datastore = OBJECT (datastore_fields);
static const SpecType datastores = LIST (datastore);
static const SpecField datastores_fields[] = { { "datastores", &datastores, SPEC_MAYBE }, END };
const SpecType spec_type_datastores = OBJECT (datastores_fields);

static const SpecType secretstore_kind = WORDS ("Azure_KeyVault", "Azure_KeyVault_Managed_HSM", "Local_File");
static const SpecType held_kind = WORDS ("Secret", "Key");
static const SpecType held = LIST (held_kind);
static const SpecField secretstore_fields[] = { { "name", &text, SPEC_REQUIRED },
                                                { "secretStoreType", &secretstore_kind, SPEC_REQUIRED },
                                                { "storeProviderUrl", &text, SPEC_REQUIRED },
                                                { "configuration", &text, SPEC_REQUIRED },
                                                { "supportedSecretTypes", &held, SPEC_REQUIRED },
                                                END };
static const SpecType secretstore = OBJECT (secretstore_fields);
static const SpecType secretstores = LIST (secretstore);
static const SpecField secretstores_fields[] = { { "secretstores", &secretstores, SPEC_MAYBE }, END };
const SpecType spec_type_secretstores = OBJECT (secretstores_fields);
