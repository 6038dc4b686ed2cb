/* SPDX-License-Identifier: MIT
 * Profiles of the AWS tools: access key pairs in ~/.aws/credentials and ~/.aws/config.
 *
 * As the AWS command line reads them (AWS CLI user guide, "Configuration and credential file settings"):
 * the files may lie elsewhere (AWS_SHARED_CREDENTIALS_FILE, AWS_CONFIG_FILE), the profile is the one that
 * is named, else AWS_PROFILE, else "default"; sections are [NAME] in the one file and [profile NAME] (or
 * [default]) in the other, and what the credentials file says counts more. Only long-lived key pairs are
 * taken: temporary credentials, and what makes them (roles, sign-in, helper programs), cannot be handed to
 * a clean room.
 */
#pragma once

#include "base/secret.h"

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  char *name; /* of the profile that was read */
  char *path; /* of the file with the key pair */
  CrSecretText id, secret;
  char *region; /* or NULL */
} AwsProfile;
void aws_profile_clear (AwsProfile *profile);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (AwsProfile, aws_profile_clear)

/* NAME NULL or "" = the default one. CR_ERROR_NOT_FOUND when there is no file or no such profile (the
 * message names those that are there), CR_ERROR_INPUT when it has no long-lived key pair, or a file is none
 * of the AWS tools. */
gboolean aws_profile_read (const char *name, AwsProfile *profile, GError **error);

/* The region that the AWS tools would take: of AWS_REGION, AWS_DEFAULT_REGION, or of the profile NAME (as
 * above), with or without keys. NULL when none of them says. Gives. */
char *aws_profile_region (const char *name);

G_END_DECLS
