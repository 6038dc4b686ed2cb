/* SPDX-License-Identifier: MIT
 * config network http|tcp|dns enable|disable: what may go in and out of the clean room.
 */
#include "cli/spec-files.h"

#include "base/error.h"

#include <string.h>

#define DNS_PORT 53

static gboolean
done (Cli *cli, json_t *specification, GError **error)
{
  json_t *network = json_object_get (specification, "network");
  return cli_specification_done (cli, specification, json_incref (network),
                                 _ ("The network rules were changed."), error);
}

static const char *
direction (Cli *cli, GError **error)
{
  static const char *const directions[] = { "inbound", "outbound", NULL };
  return cli_require (cli, "direction", error) != NULL ? cli_one_of (cli, "direction", directions, error)
                                                       : NULL;
}

static gboolean
http_enable (Cli *cli, GError **error)
{
  const char *way = direction (cli, error);
  g_autoptr (json_t) specification = way != NULL ? cli_specification (cli, error) : NULL;
  if (specification == NULL)
    return FALSE;
  const char *policy = cli_either (cli, "policy-bundle-url", "policy");
  json_object_set_new (spec_part (spec_part (specification, "network"), "http"), way,
                       spec_http_rule (policy));
  if (policy == NULL)
    cli_say (_ ("There is no policy: everything may pass. --policy names a bundle that decides."));
  return done (cli, specification, error);
}

static gboolean
http_disable (Cli *cli, GError **error)
{
  const char *way = direction (cli, error);
  g_autoptr (json_t) specification = way != NULL ? cli_specification (cli, error) : NULL;
  if (specification == NULL)
    return FALSE;
  json_object_set_new (spec_part (spec_part (specification, "network"), "http"), way, json_null ());
  return done (cli, specification, error);
}

/* ADDRESS:PORT texts as a list. Gives. */
static json_t *
addresses (Cli *cli, GError **error)
{
  GPtrArray *values = cli_values (cli, "allowed-ips");
  g_autoptr (json_t) list = json_array ();
  for (guint i = 0; values != NULL && i < values->len; i++) {
    const char *text = g_ptr_array_index (values, i), *colon = strrchr (text, ':');
    guint64 port = 0;
    if (colon == NULL || colon == text
        || !g_ascii_string_to_unsigned (colon + 1, 10, 1, 65535, &port, NULL)) {
      cr_set_error (error, CR_ERROR_USAGE, "Write it as ADDRESS:PORT, for example 10.0.0.4:5432.",
                    "\"%s\" is not an address with its port.", text);
      return NULL;
    }
    g_autofree char *address = g_strndup (text, (gsize) (colon - text));
    json_array_append_new (list, json_pack ("{s:s, s:i}", "address", address, "port", (int) port));
  }
  return g_steal_pointer (&list);
}

static gboolean
tcp_enable (Cli *cli, GError **error)
{
  g_autoptr (json_t) allowed = cli_require (cli, "allowed-ips", error) != NULL ? addresses (cli, error)
                                                                               : NULL;
  g_autoptr (json_t) specification = allowed != NULL ? cli_specification (cli, error) : NULL;
  if (specification == NULL)
    return FALSE;
  json_object_set_new (spec_part (spec_part (specification, "network"), "tcp"), "outbound",
                       json_pack ("{s:b, s:O}", "enabled", TRUE, "allowedIPs", allowed));
  return done (cli, specification, error);
}

static gboolean
tcp_disable (Cli *cli, GError **error)
{
  g_autoptr (json_t) specification = cli_specification (cli, error);
  if (specification == NULL)
    return FALSE;
  json_object_set_new (spec_part (specification, "network"), "tcp", json_null ());
  return done (cli, specification, error);
}

static gboolean
set_dns (Cli *cli, gboolean enable, GError **error)
{
  const char *text = cli_value (cli, "port");
  guint64 port = DNS_PORT;
  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, 65535, &port, NULL)) {
    cr_set_error (error, CR_ERROR_USAGE, NULL, "A port is a number from 1 to 65535, not \"%s\".", text);
    return FALSE;
  }
  g_autoptr (json_t) specification = cli_specification (cli, error);
  if (specification == NULL)
    return FALSE;
  json_object_set_new (spec_part (specification, "network"), "dns",
                       enable ? json_pack ("{s:b, s:i}", "enabled", TRUE, "port", (int) port) : json_null ());
  return done (cli, specification, error);
}

static gboolean
dns_enable (Cli *cli, GError **error)
{
  return set_dns (cli, TRUE, error);
}

static gboolean
dns_disable (Cli *cli, GError **error)
{
  return set_dns (cli, FALSE, error);
}

#define DIRECTION                                                                                            \
  {                                                                                                          \
    "direction", CLI_VALUE, "WAY", N_ ("inbound or outbound")                                                \
  }
static const CliOption http_enable_options[] = {
  CLI_CONFIG_OPTION,
  DIRECTION,
  { "policy-bundle-url", CLI_VALUE, "IMAGE",
    N_ ("the policy bundle of a registry that decides what may pass") },
  { "policy", CLI_VALUE, "IMAGE", N_ ("the same") },
  CLI_END,
};
static const CliOption http_disable_options[] = { CLI_CONFIG_OPTION, DIRECTION, CLI_END };
static const CliOption tcp_options[] = {
  CLI_CONFIG_OPTION,
  { "allowed-ips", CLI_LIST, "ADDRESS:PORT", N_ ("whom the application may call") },
  CLI_END,
};
static const CliOption dns_options[] = {
  CLI_CONFIG_OPTION,
  { "port", CLI_VALUE, "PORT", N_ ("of the name server (default 53)") },
  CLI_END,
};
static const CliOption plain_options[] = { CLI_CONFIG_OPTION, CLI_END };

const CliCommand cli_config_network_commands[] = {
  { "config network http enable", "", N_ ("let HTTP pass in one direction"),
    "cleanroom config network http enable --cleanroom-config tdc.config --direction inbound", 0, 0,
    http_enable_options, http_enable, TRUE },
  { "config network http disable", "", N_ ("no longer"),
    "cleanroom config network http disable --cleanroom-config tdc.config --direction inbound", 0, 0,
    http_disable_options, http_disable, TRUE },
  { "config network tcp enable", "", N_ ("let TCP out to these addresses"),
    "cleanroom config network tcp enable --cleanroom-config tdc.config --allowed-ips 10.0.0.4:5432", 0, 0,
    tcp_options, tcp_enable, TRUE },
  { "config network tcp disable", "", N_ ("no longer"),
    "cleanroom config network tcp disable --cleanroom-config tdc.config", 0, 0, plain_options, tcp_disable,
    TRUE },
  { "config network dns enable", "", N_ ("let names be looked up"),
    "cleanroom config network dns enable --cleanroom-config tdc.config", 0, 0, dns_options, dns_enable,
    TRUE },
  { "config network dns disable", "", N_ ("no longer"),
    "cleanroom config network dns disable --cleanroom-config tdc.config", 0, 0, plain_options, dns_disable,
    TRUE },
  { NULL, NULL, NULL, NULL, 0, 0, NULL, NULL, FALSE },
};
