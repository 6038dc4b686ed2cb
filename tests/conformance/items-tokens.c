/* SPDX-License-Identifier: MIT
 * Items 69 to 77: tokens of the service's own issuer, and the signing service.
 */
#include "conformance.h"

#include "base/encode.h"
#include "cose/crypto.h"
#include "cose/jwt.h"
#include "cose/x509.h"

#define TOKEN "POST /contracts/tokens/oauth/token?exp=1&iat=2&nbf=3&jti=4&sub=someone&tid=tenant-0&aud=api"

static const char *
claim (Conformance *it, const json_t *claims, const char *name)
{
  const char *text = cr_json_peek_string (claims, name);
  return text ? text : fmt (it, "no %s", name);
}

static void
check_token (Conformance *it, const char *line, const char *issuer, const char *kid)
{
  g_autofree char *text = attested_text (it, 1, line, NULL);
  g_autoptr (CoseJwt) token = cose_jwt_parse (text, NULL);
  if (!check (it, token != NULL, "'%s' is no token", text))
    return;
  check (it, g_strcmp0 (cose_jwt_alg (token), "PS256") == 0, "alg %s", cose_jwt_alg (token));
  check (it, strcmp (claim (it, token->header, "typ"), "JWT") == 0, "typ");
  check (it, g_strcmp0 (cose_jwt_kid (token), kid) == 0, "kid %s, not %s", cose_jwt_kid (token), kid);
  g_autofree char *claims = cr_json_dump (token->claims);
  g_autofree char *wanted = g_strdup_printf ("{\"aud\":\"api\",\"exp\":\"1\",\"iss\":\"%s\",\"jti\":\"4\","
                                             "\"nbf\":\"3\",\"sub\":\"someone\",\"iat\":\"2\"}",
                                             issuer);
  check (it, strcmp (claims, wanted) == 0, "claims %s, not %s", claims, wanted);
  call (it, ANYONE, "GET /oidc/keys", NULL, 200);
  g_autoptr (EVP_PKEY) key = cose_jwk_key (json_array_get (json_object_get (conf_answer (it), "keys"), 0),
                                           NULL);
  check (it, key && cose_jwt_verify (token, key, NULL),
         "the signature does not verify with the published key");
}

static const char *
issuing (Conformance *it)
{
  raw (it, 69);
  accept_contract (it, "tokens");
  fails (it, ANYONE, TOKEN, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  raw (it, 72);
  attested_refusals (it, TOKEN);
  fails (it, ANYONE, TOKEN, js ("{'attestation':'invalidinput','encrypt':{'publicKey':'x'}}"), 400,
         "VerifySnpAttestationFailed", "cannot read property 'replace' of undefined");
  fails (it, ANYONE, TOKEN, attested (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  fails (it, ANYONE, "POST /contracts/tokens/oauth/token?exp=1&iat=2&jti=3&sub=4&tid=5", attested (it, 1),
         400, "InvalidInput", "Value for aud 'undefined' is invalid.");
  allow_all (it, "tokens");
  raw (it, 72);
  key_is_bound (it, TOKEN);

  raw (it, 69);
  static const char no_key[] = "Propose enable_oidc_issuer and generate signing key before attempting to "
                               "fetch it.";
  fails (it, ANYONE, TOKEN, attested (it, 1), 405, "SigningKeyNotAvailable", no_key);
  fails (it, ANYONE, "GET /oidc/keys", NULL, 405, "SigningKeyNotAvailable", no_key);
  fails (it, MEMBER_0, "POST /oidc/generateSigningKey", NULL, 405, "OidcIssuerNotEnabled",
         "Oidc issuer support has not been enabled.");
  pass (it, "enable_oidc_issuer", js ("{'kid':'first'}"));
  call (it, MEMBER_0, "POST /oidc/generateSigningKey", NULL, 200);
  is_exactly (it, "{'reqId':'1','kid':'first-1'}");
  call (it, MEMBER_0, "POST /oidc/generateSigningKey", NULL, 200);
  is_exactly (it, "{'reqId':'1','kid':'first-1'}");
  fails (it, ANYONE, TOKEN, attested (it, 1), 405, "IssuerUrlNotSet", NULL);
  check (it, strstr (conf_text (it), "tenant-0") != NULL, "the tenant is not named: %s", conf_text (it));
  call (it, ANYONE, "GET /oidc/.well-known/openid-configuration", NULL, 200);
  is_exactly (it, "{'issuer':'{placeholder}','jwks_uri':'{placeholder}/keys','response_types_supported':"
                  "['id_token'],'id_token_signing_alg_values_supported':['RS256']}");
  return "first-1";
}

static void
issuers (Conformance *it, const char *kid)
{
  raw (it, 70);
  fails (it, MEMBER_0, "POST /oidc/setIssuerUrl", js ("{'url':'ftp://foo.bar'}"), 400, "InvalidUrl",
         "Url should have http or https as its scheme but scheme is ftp.");
  fails (it, OPERATOR, "POST /oidc/setIssuerUrl", js ("{'url':'https://foo.bar'}"), 400, "NoTenantId",
         "Cannot set issuer as tenantId information was not found in registered identity.");
  call (it, MEMBER_0, "POST /oidc/setIssuerUrl", js ("{'url':'https://foo.bar'}"), 200);
  is_empty (it);
  call (it, MEMBER_1, "POST /oidc/issuerInfo", NULL, 200);
  is_exactly (it, "{'enabled':true,'tenantData':{'tenantId':'tenant-0','issuerUrl':'https://foo.bar'}}");
  call (it, USER_0, "POST /oidc/issuerInfo", NULL, 200);
  is_exactly (it, "{'enabled':true}");
  check_token (it, TOKEN, "https://foo.bar", kid);
  client (it, 70);
  done (it, cgs_oidc_set_issuer_url (NULL, as (it, MEMBER_0), "https://foo.bar", out (it)));
  got (it, cgs_oidc_info (NULL, as (it, MEMBER_0), out (it)));
  has (it, "tenantData.issuerUrl", "https://foo.bar");
  raw (it, 71);
  check_token (it, TOKEN "&iss=https://asked.example", "https://asked.example", kid);
}

static void
delegate (Conformance *it)
{
  static const char change[] = "{'type':'%s','claims':{'x-ms-sevsnpvm-hostdata':'" HOST_2 "'}}";
  static const char path[] = "/contracts/tokens/cleanroompolicy/delegates/oauth-federation-subjects/someone";
  raw (it, 73);
  fails (it, ANYONE, TOKEN, attested (it, 2), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
  call (it, ANYONE, fmt (it, "PUT %s", path), attested_data (it, 1, fmt (it, change, "add")), 200);
  for (guint number = 1; number <= 2; number++) {
    g_autofree char *token = attested_text (it, number, TOKEN, NULL);
    check (it, strchr (token, '.') != NULL, "clean room %u got no token", number);
  }
  fails (it, ANYONE, "POST /contracts/tokens/oauth/token?exp=1&iat=2&jti=4&sub=other&tid=tenant-0&aud=api",
         attested (it, 2), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
  call (it, ANYONE, fmt (it, "PUT %s", path), attested_data (it, 1, fmt (it, change, "remove")), 200);
  fails (it, ANYONE, TOKEN, attested (it, 2), 400, "VerifySnpAttestationFailed", POLICY_MISMATCH);
  g_autofree char *token = attested_text (it, 1, TOKEN, NULL);
  check (it, strchr (token, '.') != NULL, "clean room 1 got no token");
}

#define SIGN "POST /contracts/signing/signing/sign"

static json_t *
payload (const char *text)
{
  g_autofree char *encoded = cr_base64 (text, strlen (text));
  return json_pack ("{ss}", "payload", encoded);
}

static json_t *
with_payload (Conformance *it, guint number)
{
  json_t *body = attested (it, number);
  json_object_update_new (body, payload ("to be signed"));
  return body;
}

static void
signing (Conformance *it)
{
  raw (it, 74);
  accept_contract (it, "signing");
  raw (it, 76);
  attested_refusals (it, SIGN);
  fails (it, ANYONE, SIGN, js ("{'attestation':'x','encrypt':{'publicKey':'x'}}"), 400, "PayloadMissing",
         "Payload to sign must be supplied.");
  fails (it, ANYONE, SIGN, js ("{'attestation':'invalidinput','encrypt':{'publicKey':'x'},'payload':'aaaa'}"),
         400, "VerifySnpAttestationFailed", "cannot read property 'replace' of undefined");
  fails (it, ANYONE, SIGN, with_payload (it, 1), 400, "VerifySnpAttestationFailed", POLICY_MISSING);
  allow_all (it, "signing");
  raw (it, 76);
  json_t *body = with_payload (it, 1);
  g_autoptr (json_t) other = attested (it, 2);
  json_object_set (body, "encrypt", json_object_get (other, "encrypt"));
  fails (it, ANYONE, SIGN, body, 400, "ReportDataMismatch", NULL);
  raw (it, 74);
  fails (it, ANYONE, SIGN, with_payload (it, 1), 405, "SigningKeyNotAvailable",
         "Propose enable_signing and generate signing key before attempting to sign.");

  raw (it, 75);
  fails (it, MEMBER_0, "POST /signing/generateSigningKey", NULL, 405, "SigningNotEnabled",
         "Signing support has not been enabled.");
  call (it, MEMBER_0, "POST /signing/info", NULL, 200);
  is_exactly (it, "{'enabled':false,'publicKeyPem':''}");
  pass (it, "enable_signing", js ("{'kid':'sign'}"));
  call (it, MEMBER_1, "POST /signing/generateSigningKey", NULL, 200);
  is_exactly (it, "{'reqId':'1','kid':'sign-1'}");
  call (it, USER_0, "POST /signing/info", NULL, 200);
  has (it, "enabled", "true");
  g_autofree char *pem = text_at (it, "publicKeyPem");
  g_autofree char *encoded = attested_text (it, 1, SIGN, payload ("to be signed"));
  g_autoptr (EVP_PKEY) key = cose_key_from_public_pem (pem, -1, "the key", NULL);
  g_autoptr (GBytes) signature = cr_base64_decode (encoded, "the signature", NULL);
  check (it, key && signature && cose_pss_verify (key, "to be signed", 12, signature, NULL),
         "the signature does not verify");
  client (it, 75);
  got (it, cgs_signing_generate_key (NULL, as (it, MEMBER_0), out (it)));
  has (it, "kid", "sign-1");
  got (it, cgs_signing_info (NULL, as (it, MEMBER_0), out (it)));
  has (it, "publicKeyPem", pem);

  raw (it, 77);
  pass (it, "signing_enable_rotate_signing_key", NULL);
  call (it, USER_0, "POST /signing/info", NULL, 200);
  has (it, "publicKeyPem", pem);
  call (it, MEMBER_0, "POST /signing/generateSigningKey", NULL, 200);
  is_exactly (it, "{'reqId':'2','kid':'sign-2'}");
  call (it, USER_0, "POST /signing/info", NULL, 200);
  g_autofree char *rotated = text_at (it, "publicKeyPem");
  check (it, strcmp (rotated, pem) != 0, "the key is the same");
  client (it, 77);
  got (it, cgs_signing_propose_rotate (NULL, as (it, MEMBER_0), out (it)));
  g_autofree char *proposal = text_at (it, "proposalId");
  vote (it, MEMBER_1, proposal, TRUE);
  vote (it, MEMBER_2, proposal, TRUE);
  got (it, cgs_signing_generate_key (NULL, as (it, MEMBER_0), out (it)));
  has (it, "kid", "sign-3");
}

void
items_tokens (Conformance *it)
{
  const char *kid = issuing (it);
  issuers (it, kid);
  delegate (it);
  signing (it);
}
