/* SPDX-License-Identifier: MIT
 * What each known remote code means for a person: one record per code (http-error.h).
 *
 * The codes are those of the CCF governance API, the CGS application, the analytics agent, Azure Resource
 * Manager, Entra ID and Azure Storage.
 */
#include "http/http-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

#define SIGN_IN_AGAIN N_ ("Sign in again; the token has expired or was not accepted.")
#define READ_AGAIN N_ ("Somebody changed it meanwhile: read it again, then repeat the change.")
#define NEW_DOCUMENT N_ ("Publish a corrected document; an accepted one cannot be edited.")
#define CLIENT_BUG N_ ("Report this: the program sent something the service does not take.")
#define TRY_AGAIN N_ ("Try again in a moment.")
#define CHECK_ID N_ ("Check the spelling of the id; list what there is.")
#define NOT_OPEN N_ ("It is decided already: show it to see the outcome. Nothing more is to be done.")
#define REPUBLISH_KEYS N_ ("Create the keys, publish the dataset again and grant access again.")
#define S3_SECRET N_ ("Enter the S3 credentials again and publish the dataset again.")
#define S3_KEYS N_ ("Enter the AWS access key again; the two halves must belong together.")
#define S3_REGION                                                                                            \
  N_ ("The bucket lies in another region: name it (AWS_REGION, or region in ~/.aws/config), or choose "      \
      "another bucket.")
#define ASK_OPERATOR                                                                                         \
  N_ ("Ask the operator to check the consortium and start it again, then repeat with the same run id.")
#define WAIT_ROLE N_ ("The role takes a while to become effective: wait a minute, then try again.")
#define EVIDENCE                                                                                             \
  N_ ("The clean room's evidence does not fit the agreed policy: the operator checks the clean room "        \
      "policy.")

static const HttpErrorRecord records[] = {
  /* CCF: authentication and transport */
  { "InvalidAuthenticationInfo", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "AuthorizationFailed", CR_ERROR_REFUSED, N_ ("This identity may not do that: use the member who may.") },
  { "FrontendNotOpen", CR_ERROR_WAITING,
    N_ ("The operator has not opened the service yet; go on when it is open.") },
  { "SessionConsistencyLost", CR_ERROR_RETRY, TRY_AGAIN },
  { "PrimaryNotFound", CR_ERROR_RETRY, TRY_AGAIN },
  { "BackupNotFound", CR_ERROR_RETRY, TRY_AGAIN },
  { "RequestAlreadyForwarded", CR_ERROR_RETRY, TRY_AGAIN },
  { "ForwardingTimeout", CR_ERROR_RETRY,
    N_ ("It may have happened: look at the state before repeating it.") },
  { "TransactionReplicationFailed", CR_ERROR_RETRY, TRY_AGAIN },
  { "TransactionCommitAttemptsExceedLimit", CR_ERROR_RETRY, TRY_AGAIN },
  { "SessionCapExhausted", CR_ERROR_RETRY,
    N_ ("The service has too many connections: wait a minute, then try again.") },
  { "TooManyPendingTransactions", CR_ERROR_RETRY, TRY_AGAIN },
  { "TransactionPendingOrUnknown", CR_ERROR_RETRY, TRY_AGAIN },
  { "TransactionInvalid", CR_ERROR_RETRY, N_ ("The change was lost in an election: make it again.") },
  { "TransactionNotFound", CR_ERROR_NOT_FOUND, CHECK_ID },
  { "RequestBodyTooLarge", CR_ERROR_INPUT,
    N_ ("Make the document smaller; the service takes at most 1 MB.") },
  { "RequestHeaderTooLarge", CR_ERROR_BUG, CLIENT_BUG },
  { "UnsupportedHttpVerb", CR_ERROR_BUG, CLIENT_BUG },
  { "MissingApiVersionParameter", CR_ERROR_BUG, CLIENT_BUG },
  { "UnsupportedApiVersionValue", CR_ERROR_ADMIN,
    N_ ("This service speaks another governance version: update this program or the service.") },
  { "InvalidResourceName", CR_ERROR_INPUT, CHECK_ID },
  { "InvalidQueryParameterValue", CR_ERROR_BUG, CLIENT_BUG },
  { "InvalidHeaderValue", CR_ERROR_BUG, CLIENT_BUG },
  { "MissingRequiredHeader", CR_ERROR_BUG, CLIENT_BUG },
  { "ResourceNotFound", CR_ERROR_NOT_FOUND, CHECK_ID },
  { "UserDocumentAlreadyRejected", CR_ERROR_REFUSED,
    N_ ("Publish a corrected document under another id; a rejected one stays rejected.") },
  { "InsufficientStorage", CR_ERROR_ADMIN,
    N_ ("The disk of the machine that runs the local environment is full: make room there, then do this "
        "again. Nothing was changed.") },
  { "JSException", CR_ERROR_FAILED, N_ ("The governance application failed: show the operator the text.") },
  { "NotImplemented", CR_ERROR_ADMIN,
    N_ ("This service cannot do that: ask the operator which version runs.") },

  /* CCF: governance */
  { "ProposalFailedToValidate", CR_ERROR_INPUT, N_ ("Correct what the message names and propose again.") },
  { "ProposalNotFound", CR_ERROR_NOT_FOUND,
    N_ ("Closed proposals disappear from the list: look at the result it had.") },
  { "ProposalNotOpen", CR_ERROR_REFUSED, NOT_OPEN },
  { "ProposalReplay", CR_ERROR_REFUSED,
    N_ ("This very proposal was received before: show it instead of proposing again.") },
  { "ProposalCreatedTooLongAgo", CR_ERROR_ADMIN,
    N_ ("The clock of this machine is behind: set it, then propose again.") },
  { "InvalidCreatedAt", CR_ERROR_ADMIN, N_ ("The clock of this machine is wrong: set it, then try again.") },
  { "VoteAlreadyExists", CR_ERROR_REFUSED,
    N_ ("You voted differently before, and a ballot cannot be changed.") },
  { "VoteNotFound", CR_ERROR_NOT_FOUND, N_ ("This member has not voted yet.") },
  { "StateDigestMismatch", CR_ERROR_RETRY, N_ ("The ledger moved on meanwhile: activate again.") },
  { "ServiceNotWaitingForRecoveryShares", CR_ERROR_REFUSED, N_ ("No recovery is going on.") },
  { "NodeAlreadyRecovering", CR_ERROR_RETRY, N_ ("Recovery has begun: wait until the service is open.") },
  { "NodeNotRetiredCommitted", CR_ERROR_RETRY, TRY_AGAIN },
  { "SigningCertMissing", CR_ERROR_INPUT,
    N_ ("Give the provider an identity to act with: cleanroom ccf provider configure --member NAME.") },

  /* CGS: who may */
  { "CallerNotAuthorized", CR_ERROR_WAITING,
    N_ ("The operator has not admitted this account yet. If you were invited with another address, "
        "sign in with that one; otherwise ask the operator.") },
  { "CallerTenantNotAuthorized", CR_ERROR_SIGN_IN,
    N_ ("You signed in through another organisation: sign in with the account that was invited.") },
  { "UnknownAuthenticationPolicy", CR_ERROR_BUG, CLIENT_BUG },
  { "UserIdentityNotFound", CR_ERROR_NOT_FOUND, N_ ("The operator has not admitted this user yet.") },
  { "NotUserDocumentApprover", CR_ERROR_REFUSED,
    N_ ("Only the approvers of the document may switch its consent: show the document to see who they "
        "are.") },
  { "NotProposalApprover", CR_ERROR_REFUSED,
    N_ ("Only the approvers named in the proposal may vote on it.") },
  { "NotProposalOwner", CR_ERROR_REFUSED, N_ ("Only who proposed it can withdraw it.") },
  { "NoTenantId", CR_ERROR_ADMIN, N_ ("The operator sets your tenant id (member set-tenant-id) first.") },

  /* CGS: invitations */
  { "InvitationNotFound", CR_ERROR_NOT_FOUND,
    N_ ("Check the invitation id, or ask the operator for a new invitation.") },
  { "InvitationNotOpen", CR_ERROR_REFUSED,
    N_ ("It was accepted before. If that was you, nothing is to be done; otherwise ask the operator "
        "for a new invitation.") },
  { "InvitationNotAccepted", CR_ERROR_WAITING, N_ ("The invited person has to accept first.") },
  { "OidClaimMissing", CR_ERROR_SIGN_IN,
    N_ ("This kind of account cannot take part: sign in with the invited one.") },
  { "TokenClaimMissing", CR_ERROR_SIGN_IN, N_ ("Sign out and sign in with the account that was invited.") },
  { "TokenClaimMismatch", CR_ERROR_SIGN_IN,
    N_ ("You signed in with another account. Sign out and sign in with the one that was invited.") },

  /* CGS: contracts and documents */
  { "ContractNotFound", CR_ERROR_NOT_FOUND,
    N_ ("The contract does not exist yet: check its id, or ask the operator.") },
  { "ContractAlreadyExists", CR_ERROR_INPUT, READ_AGAIN },
  { "ContractAlreadyAccepted", CR_ERROR_REFUSED,
    N_ ("An accepted contract is final: use a new contract id.") },
  { "ContractNotAccepted", CR_ERROR_WAITING, N_ ("All members have to accept the contract first.") },
  { "ContractDisabled", CR_ERROR_REFUSED,
    N_ ("The members named have switched off execution; each of them can switch it on again.") },
  { "ContractModified", CR_ERROR_INPUT, READ_AGAIN },
  { "ContractNotProposed", CR_ERROR_WAITING, N_ ("Nobody has proposed the contract yet.") },
  { "ContractIdMismatch", CR_ERROR_INPUT,
    N_ ("The document belongs to another contract: publish it again under this one.") },
  { "ContractIdMissing", CR_ERROR_INPUT, N_ ("Name the contract.") },
  { "DataMissing", CR_ERROR_INPUT, N_ ("The document is empty: give its content.") },
  { "PreconditionFailed", CR_ERROR_INPUT, READ_AGAIN },
  { "ViewNotKnown", CR_ERROR_RETRY, TRY_AGAIN },
  { "VersionMissing", CR_ERROR_INPUT, N_ ("Give the version that you read.") },
  { "DocumentNotFound", CR_ERROR_NOT_FOUND, CHECK_ID },
  { "DocumentAlreadyExists", CR_ERROR_INPUT, READ_AGAIN },
  { "DocumentAlreadyAccepted", CR_ERROR_REFUSED, N_ ("An accepted document is final: use a new id.") },
  { "DocumentModified", CR_ERROR_INPUT, READ_AGAIN },
  { "DocumentNotProposed", CR_ERROR_WAITING, N_ ("Nobody has proposed the document yet.") },
  { "UserDocumentNotFound", CR_ERROR_NOT_FOUND,
    N_ ("The document is missing or not accepted yet: check its id and who still has to vote.") },
  { "UserDocumentAlreadyExists", CR_ERROR_INPUT, READ_AGAIN },
  { "UserDocumentAlreadyAccepted", CR_ERROR_REFUSED, N_ ("An accepted document is final: use a new id.") },
  { "UserDocumentAlreadyProposed", CR_ERROR_REFUSED,
    N_ ("It is proposed already: the approvers vote on that proposal.") },
  { "UserDocumentNotAccepted", CR_ERROR_WAITING, N_ ("The approvers have to accept the document first.") },
  { "UserDocumentNotProposed", CR_ERROR_WAITING, N_ ("Its owner has not proposed the document yet.") },
  { "UserDocumentModified", CR_ERROR_INPUT, READ_AGAIN },
  { "UserDocumentRuntimeOptionDisabled", CR_ERROR_REFUSED,
    N_ ("The approvers named have withdrawn their consent; each of them can give it again.") },
  { "InvalidUserDocumentRuntimeOption", CR_ERROR_INPUT, N_ ("Use 'execution' or 'telemetry'.") },
  { "InvalidUserDocumentId", CR_ERROR_INPUT, CHECK_ID },
  { "InvalidOption", CR_ERROR_INPUT, N_ ("Use one of the options that the message names.") },
  { "InvalidParameter", CR_ERROR_INPUT, N_ ("Correct the value that the message names.") },
  { "ApproversMissing", CR_ERROR_INPUT, N_ ("Name at least one approver.") },
  { "EmptyApprovers", CR_ERROR_INPUT, N_ ("Name at least one approver.") },
  { "ApproversNotFound", CR_ERROR_INPUT,
    N_ ("The document was accepted without approvers: publish it again with approvers.") },
  { "InvalidProposalType", CR_ERROR_BUG, CLIENT_BUG },
  { "ProposalAlreadyExists", CR_ERROR_REFUSED,
    N_ ("This proposal was made before: show it instead of proposing again.") },
  { "ProposalIdMissing", CR_ERROR_INPUT, N_ ("Name the proposal.") },
  { "ProposalIdMismatch", CR_ERROR_INPUT,
    N_ ("Another proposal is open for it now: look at that one before you vote.") },
  { "BallotAlreadySubmitted", CR_ERROR_REFUSED,
    N_ ("You voted before: show the document to see the votes. Nothing more is to be done.") },
  { "InvalidBallotValue", CR_ERROR_BUG, CLIENT_BUG },
  { "BallotKeyMissing", CR_ERROR_BUG, CLIENT_BUG },

  /* CGS: keys, secrets, policies, evidence */
  { "ValueMissing", CR_ERROR_INPUT, N_ ("Give the value of the secret.") },
  { "ValueTooLarge", CR_ERROR_INPUT, N_ ("A secret may have at most 25,600 characters.") },
  { "SecretNotFound", CR_ERROR_NOT_FOUND, N_ ("Its owner has to store the secret first.") },
  { "TypeMissing", CR_ERROR_INPUT, N_ ("Say 'add' or 'remove'.") },
  { "ClaimsMissing", CR_ERROR_INPUT, N_ ("Give at least one claim.") },
  { "OidcIssuerNotEnabled", CR_ERROR_WAITING, N_ ("The operator has to enable the OIDC issuer first.") },
  { "SigningNotEnabled", CR_ERROR_WAITING, N_ ("The operator has to enable signing first.") },
  { "CANotEnabled", CR_ERROR_WAITING, N_ ("The operator has to enable the CA of the contract first.") },
  { "NoCASigningKey", CR_ERROR_WAITING,
    N_ ("The operator has to generate the CA key of the contract first.") },
  { "SigningKeyNotAvailable", CR_ERROR_WAITING, N_ ("The operator has to generate the signing key first.") },
  { "IssuerUrlNotSet", CR_ERROR_WAITING,
    N_ ("The owner of the data has to set the issuer URL (grant access) first.") },
  { "InvalidUrl", CR_ERROR_INPUT, N_ ("Give an http or https URL.") },
  { "AttestationMissing", CR_ERROR_SIGN_IN,
    N_ ("The token was not accepted and the call counted as anonymous: sign in again.") },
  { "VerifySnpAttestationFailed", CR_ERROR_REFUSED, EVIDENCE },
  { "VerifyJwtAttestationFailed", CR_ERROR_REFUSED, EVIDENCE },
  { "ReportDataMismatch", CR_ERROR_REFUSED, EVIDENCE },
  { "UnsupportedPlatform", CR_ERROR_REFUSED, EVIDENCE },
  { "SignatureMismatch", CR_ERROR_REFUSED, EVIDENCE },

  /* Recovery agent */
  { "MemberIdNotFound", CR_ERROR_NOT_FOUND, N_ ("Register the member first.") },
  { "MemberNotActive", CR_ERROR_WAITING, N_ ("Activate the member first.") },
  { "SignatureVerificationFailed", CR_ERROR_REFUSED,
    N_ ("Sign with the key of the registered certificate.") },

  /* Analytics agent: run */
  { "ConsortiumRecoveryMembershipMismatch", CR_ERROR_ADMIN,
    N_ ("The recovery members changed since the clean room was set up: the operator restores them, or "
        "agrees a new contract.") },
  { "InvalidDateRange", CR_ERROR_INPUT, N_ ("Give whole days, both ends, start not after end.") },
  { "InvalidDateFormat", CR_ERROR_INPUT, N_ ("Give days as YYYY-MM-DD.") },
  { "DatasetMissing", CR_ERROR_INPUT, NEW_DOCUMENT },
  { "DatasinkMissing", CR_ERROR_INPUT, NEW_DOCUMENT },
  { "AllowedFieldsNotSpecified", CR_ERROR_INPUT, NEW_DOCUMENT },
  { "InvalidQueryFormat", CR_ERROR_INPUT, NEW_DOCUMENT },
  { "ContentEmpty", CR_ERROR_INPUT, NEW_DOCUMENT },
  { "NullReferenceException", CR_ERROR_INPUT,
    N_ ("The document has an older shape than the clean room reads: publish it again in the current "
        "shape.") },
  { "ArgumentException", CR_ERROR_INPUT,
    N_ ("A column name may occur only once: publish a corrected dataset.") },
  { "QueryMissingApprovalsFromDatasetOwners", CR_ERROR_REFUSED,
    N_ ("The query was agreed without the owners of these datasets: ask them, and propose it again with them among "
        "its approvers.") },
  { "GovernanceEndpointNotSpecified", CR_ERROR_ADMIN,
    N_ ("The operator has to set up the clean room again.") },
  { "ServiceCertNotSpecified", CR_ERROR_ADMIN, N_ ("The operator has to set up the clean room again.") },
  { "UnsupportedAccessPointStoreType", CR_ERROR_INPUT,
    N_ ("Publish the data on Blob storage, Data Lake Gen2 or S3.") },
  { "BucketAlreadyExists", CR_ERROR_REFUSED,
    N_ ("Somebody else has a bucket of this name: choose another one.") },
  { "NoSuchBucket", CR_ERROR_NOT_FOUND, N_ ("The bucket is gone: publish your data again.") },
  { "PermanentRedirect", CR_ERROR_INPUT, S3_REGION },
  { "AuthorizationHeaderMalformed", CR_ERROR_INPUT, S3_REGION },
  { "IllegalLocationConstraintException", CR_ERROR_INPUT, S3_REGION },
  { "OperationAborted", CR_ERROR_RETRY, TRY_AGAIN },
  { "TooManyBuckets", CR_ERROR_ADMIN,
    N_ ("Delete a bucket that is not needed any more, or ask AWS for more.") },
  { "InvalidAccessKeyId", CR_ERROR_INPUT, S3_KEYS },
  { "SignatureDoesNotMatch", CR_ERROR_INPUT, S3_KEYS },
  { "RequestTimeTooSkewed", CR_ERROR_ADMIN, N_ ("Set the clock of this machine.") },
  { "StoreConfigurationMissing", CR_ERROR_INPUT, S3_SECRET },
  { "StoreConfigurationSecretIdMissing", CR_ERROR_INPUT, S3_SECRET },
  { "AccessIdentityMissing", CR_ERROR_INPUT, REPUBLISH_KEYS },
  { "UnexpectedSecretBackingResourceType", CR_ERROR_INPUT, REPUBLISH_KEYS },
  { "KekNotSet", CR_ERROR_INPUT, REPUBLISH_KEYS },
  { "KekProviderConfigurationMissing", CR_ERROR_INPUT, REPUBLISH_KEYS },
  { "KekProviderConfigurationAuthorityMissing", CR_ERROR_INPUT, REPUBLISH_KEYS },
  { "UnexpectedSecretIdFormat", CR_ERROR_BUG, CLIENT_BUG },
  { "TaskCanceledException", CR_ERROR_RETRY, ASK_OPERATOR },
  { "HttpRequestException", CR_ERROR_RETRY, ASK_OPERATOR },
  { "DeploymentInfoNotFound", CR_ERROR_WAITING,
    N_ ("The operator has not published where the clean room runs yet.") },
  { "DeploymentEndpointNotFound", CR_ERROR_WAITING,
    N_ ("The operator has not published where the clean room runs yet.") },

  /* Identity provider */
  { "reauth_required", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "invalid_grant", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "interaction_required", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "expired_token", CR_ERROR_SIGN_IN, N_ ("The sign-in code has expired: start the sign-in again.") },
  { "authorization_declined", CR_ERROR_SIGN_IN, N_ ("The sign-in was declined: start it again.") },
  { "access_denied", CR_ERROR_SIGN_IN, N_ ("The sign-in was declined: start it again.") },
  { "AADSTS700213", CR_ERROR_RETRY,
    N_ ("The federated credential is absent or not effective yet: wait half a minute; if it stays, "
        "grant the clean room access again.") },
  { "AADSTS70025", CR_ERROR_RETRY,
    N_ ("The federated credential is absent or not effective yet: wait half a minute; if it stays, "
        "grant the clean room access again.") },
  { "AADSTS70021", CR_ERROR_RETRY,
    N_ ("The federated credential is absent or not effective yet: wait half a minute; if it stays, "
        "grant the clean room access again.") },
  { "AccountExists", CR_ERROR_INPUT, N_ ("The account exists already: sign in with it.") },

  /* Resource manager */
  { "InvalidAuthenticationToken", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "ExpiredAuthenticationToken", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "AuthenticationFailed", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "LinkedAuthorizationFailed", CR_ERROR_ADMIN,
    N_ ("An administrator has to give this account the role that the message names.") },
  { "SubscriptionNotFound", CR_ERROR_NOT_FOUND, N_ ("Check the subscription of the environment.") },
  { "ResourceGroupNotFound", CR_ERROR_NOT_FOUND,
    N_ ("Create the resource group first (step 'Prepare cloud resources').") },
  { "ParentResourceNotFound", CR_ERROR_NOT_FOUND,
    N_ ("Create the resource above it first (step 'Prepare cloud resources').") },
  { "StorageAccountAlreadyTaken", CR_ERROR_INPUT,
    N_ ("The name is taken by somebody else: choose another.") },
  { "StorageAccountAlreadyExists", CR_ERROR_INPUT, N_ ("The name is taken: choose another.") },
  { "AccountNameInvalid", CR_ERROR_INPUT, N_ ("Use 3 to 24 lower-case letters and digits.") },
  { "RoleAssignmentExists", CR_ERROR_REFUSED, N_ ("The role was given before. Nothing more is to be done.") },
  { "PrincipalNotFound", CR_ERROR_RETRY, WAIT_ROLE },
  { "TooManyRequests", CR_ERROR_RETRY, TRY_AGAIN },
  { "ClusterNotFound", CR_ERROR_NOT_FOUND, N_ ("The operator has to create the cluster first.") },

  /* Storage */
  { "AuthorizationPermissionMismatch", CR_ERROR_RETRY, WAIT_ROLE },
  { "AuthorizationFailure", CR_ERROR_ADMIN,
    N_ ("The network rules of the storage account refuse this machine: ask its administrator.") },
  { "NoAuthenticationInformation", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "InvalidAuthenticationInfoToken", CR_ERROR_SIGN_IN, SIGN_IN_AGAIN },
  { "ContainerNotFound", CR_ERROR_NOT_FOUND, N_ ("Publish the data first: its container does not exist.") },
  { "ContainerBeingDeleted", CR_ERROR_RETRY,
    N_ ("The container of that name is still being deleted: wait a minute, then try again.") },
  { "ContainerAlreadyExists", CR_ERROR_REFUSED,
    N_ ("The container exists already. Nothing more is to be done.") },
  { "BlobNotFound", CR_ERROR_NOT_FOUND, N_ ("The file is not there: list what there is.") },
  { "BlobCustomerSpecifiedEncryptionMismatch", CR_ERROR_INPUT,
    N_ ("What lies there was encrypted with another key than this datastore has: restore that key from its "
        "backup, or use a container of its own.") },
  { "BlobUsesCustomerSpecifiedEncryption", CR_ERROR_INPUT,
    N_ ("What lies there is encrypted with a key of its owner: use the datastore that has this key (mode "
        "CPK).") },
  { "BlobDoesNotUseCustomerSpecifiedEncryption", CR_ERROR_INPUT,
    N_ ("This file was brought there without the key of this datastore: upload it again, or remove it.") },
  { "InvalidBlockList", CR_ERROR_RETRY, N_ ("The upload was interrupted: start it again.") },
  { "Md5Mismatch", CR_ERROR_RETRY, N_ ("The data was damaged on its way: try again.") },
  { "InvalidResourceNameFormat", CR_ERROR_INPUT, CHECK_ID },
  { "ServerBusy", CR_ERROR_RETRY, TRY_AGAIN },
  { "OperationTimedOut", CR_ERROR_RETRY, TRY_AGAIN },
  { NULL, CR_ERROR_FAILED, NULL },
};

const HttpErrorRecord *
http_error_records (void)
{
  return records;
}

const HttpErrorRecord *
http_error_record (const char *code)
{
  if (code == NULL)
    return NULL;
  for (const HttpErrorRecord *record = records; record->code != NULL; record++)
    if (strcmp (record->code, code) == 0)
      return record;
  return NULL;
}
