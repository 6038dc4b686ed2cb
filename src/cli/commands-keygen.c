/* SPDX-License-Identifier: MIT
 * governance member keygenerator-sh and get-default-certificate-policy: member keys made outside this
 * program.
 */
#include "cli/show.h"

#include "base/error.h"
#include "base/text.h"
#include "base/translate.h"

/* Needs a POSIX shell and openssl; the files are those that CCF's own generator makes. */
static const char generator[] =
    "#!/bin/sh\n"
    "# Makes the identity of a consortium member: NAME_privk.pem (keep it), NAME_cert.pem (register it), and with\n"
    "# --gen-enc-key a key pair for recovery shares: NAME_enc_privk.pem, NAME_enc_pubk.pem.\n"
    "set -eu\n"
    "umask 077\n"
    "name= out=. curve=secp384r1 recovery=no\n"
    "while [ $# -gt 0 ]; do\n"
    "  case $1 in\n"
    "    -n | --name) name=$2; shift ;;\n"
    "    -o | --out) out=${2%/}; shift ;;\n"
    "    -c | --curve) curve=$2; shift ;;\n"
    "    -g | --gen-enc-key) recovery=yes ;;\n"
    "    *) echo \"usage: $0 --name NAME [--curve secp384r1|secp256r1] [--gen-enc-key] [--out DIR]\" >&2; exit 2 ;;\n"
    "  esac\n"
    "  shift\n"
    "done\n"
    "[ -n \"$name\" ] || { echo \"--name is missing\" >&2; exit 2; }\n"
    "case $curve in\n"
    "  secp384r1) digest=sha384 ;;\n"
    "  secp256r1) digest=sha256 ;;\n"
    "  *) echo \"unknown curve $curve\" >&2; exit 2 ;;\n"
    "esac\n"
    "at=$out/$name\n"
    "if [ -e \"${at}_privk.pem\" ]; then\n"
    "  echo \"${at}_privk.pem is there already and is not overwritten\" >&2\n"
    "  exit 1\n"
    "fi\n"
    "openssl ecparam -name \"$curve\" -genkey -out \"${at}_privk.pem\"\n"
    "openssl req -new -x509 -nodes -days 365 -\"$digest\" -key \"${at}_privk.pem\" -subj \"/CN=$name\" "
    "-out \"${at}_cert.pem\"\n"
    "echo \"${at}_cert.pem: register it with the consortium\"\n"
    "if [ \"$recovery\" = yes ]; then\n"
    "  openssl genrsa -out \"${at}_enc_privk.pem\" 2048\n"
    "  openssl rsa -in \"${at}_enc_privk.pem\" -pubout -out \"${at}_enc_pubk.pem\"\n"
    "  echo \"${at}_enc_pubk.pem: register it to take part in recovery\"\n"
    "fi\n";

static gboolean
keygenerator (Cli *cli, GError **error)
{
  (void) cli;
  (void) error;
  cli_out ("%s", generator);
  return TRUE;
}

/* Key Vault: a self-signed EC P-384 certificate whose key can be taken out for signing. */
static gboolean
certificate_policy (Cli *cli, GError **error)
{
  const char *name = cli_require (cli, "member-name", error);
  if (name == NULL)
    return FALSE;
  if (!cr_name_valid (name)) {
    cr_set_error (error, CR_ERROR_INPUT, "Use letters, digits, '.', '-' and '_', at most 64.",
                  "\"%s\" is not a name for a member.", name);
    return FALSE;
  }
  g_autofree char *subject = g_strconcat ("CN=", name, NULL);
  cli_out_json (json_pack ("{s:{s:s},s:{s:s,s:b,s:s,s:b},s:{s:s},s:{s:[s],s:s,s:i}}", "issuerParameters",
                           "name", "Self", "keyProperties", "curve", "P-384", "exportable", 1, "keyType",
                           "EC", "reuseKey", 1, "secretProperties", "contentType", "application/x-pkcs12",
                           "x509CertificateProperties", "keyUsage", "digitalSignature", "subject", subject,
                           "validityInMonths", 12));
  return TRUE;
}

static const CliOption name_options[] = {
  { "member-name", CLI_VALUE, "NAME", N_ ("what the member is called") }, CLI_END
};

const CliCommand cli_keygen_commands[] = {
  { "governance member keygenerator-sh", "", N_ ("print a script that makes member keys with openssl"),
    "cleanroom governance member keygenerator-sh >keygenerator.sh", 0, 0, NULL, keygenerator, FALSE },
  { "governance member get-default-certificate-policy", "",
    N_ ("certificate policy for a member key in a vault"),
    "cleanroom governance member get-default-certificate-policy --member-name tdp", 0, 0, name_options,
    certificate_policy, FALSE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
