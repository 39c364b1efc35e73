"""What the fields of the API mean, and an example of each, for the OpenAPI document.

A field that says itself what it means is not here. `Model.field` goes before `field`.
"""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from letmepost.api.example_values import DOCS_URL, IDS, PLATFORM, PUBLIC_URL

_SHA256: Final = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
_SOON, _NOW, _LATER = (
    "2026-12-01T09:00:00.000Z",
    "2026-11-25T08:00:00.000Z",
    "2027-02-01T00:00:00.000Z",
)
_CURSOR: Final = "MTc2NDA2NDgwMDAwMDAwMHxwb3N0"
_POST_URI: Final = "https://social.example/app.example/post/3lbq5d2xq2s2k"
_RULE: Final = "targets.required"


class Words(NamedTuple):
    """What a field means, and examples of it: none, or one."""

    description: str
    examples: tuple[Any, ...] = ()


def _words(description: str, *examples: Any) -> Words:  # noqa: ANN401 - whatever JSON holds
    return Words(description, examples)


FIELDS: Final[Mapping[str, Words]] = {
    # What things are, and what they belong to.
    "id": _words("The id of the post on one account.", IDS["post"]),
    "AccountBody.id": _words("The id of the account.", IDS["acc"]),
    "Account.id": _words("The id of the account.", IDS["acc"]),
    "ConnectedAccount.id": _words("The id of the account.", IDS["acc"]),
    "AccountReference.id": _words("The id of the account.", IDS["acc"]),
    "PinterestDefaultBoard.id": _words("The id of the account.", IDS["acc"]),
    "Disconnected.id": _words("The id of the account.", IDS["acc"]),
    "Attempt.id": _words("The id of the attempt.", IDS["att"]),
    "Batch.id": _words("The id of the post on all its accounts.", IDS["batch"]),
    "CatalogueRule.id": _words("The id of the rule.", _RULE),
    "Deleted.id": _words("The id of what is gone.", IDS["med"]),
    "Key.id": _words("The id of the key.", IDS["key"]),
    "MintedKey.id": _words("The id of the key.", IDS["key"]),
    "RevokedKey.id": _words("The id of the key.", IDS["key"]),
    "Media.id": _words("The id of the file.", IDS["med"]),
    "MediaDeleted.id": _words("The id of the file.", IDS["med"]),
    "Profile.id": _words("The id of the profile.", IDS["prof"]),
    "Upload.id": _words("The id of the upload.", IDS["upl"]),
    "WebhookDelivery.id": _words("The id of the delivery.", IDS["whd"]),
    "WebhookEndpoint.id": _words("The id of the endpoint.", IDS["whe"]),
    "WebhookEndpointWithSecret.id": _words("The id of the endpoint.", IDS["whe"]),
    "accountId": _words("The id of the connected account.", IDS["acc"]),
    "batchId": _words("The id of the post on all its accounts.", IDS["batch"]),
    "deliveryId": _words("The id of the delivery.", IDS["whd"]),
    "endpointId": _words("The id of the webhook endpoint.", IDS["whe"]),
    "eventId": _words("The id of the event.", IDS["evt"]),
    "mediaId": _words("The id of an uploaded file.", IDS["med"]),
    "organizationId": _words("The organization that it happened in.", IDS["org"]),
    "postId": _words("The id of the post on this account.", IDS["post"]),
    "profileId": _words("The profile that it belongs to.", IDS["prof"]),
    "requestId": _words("Names the request in logs.", IDS["req"]),
    "name": _words("What people call it.", "Autumn campaign"),
    "ConnectField.name": _words("The name under which it is sent.", "appPassword"),
    "Finding.name": _words("What was looked at.", "account"),
    "slug": _words("A short name for addresses.", "autumn-campaign"),
    "label": _words("What to write beside the field.", "App password"),
    "description": _words("What it is about, in words.", "Tells the shop what went out."),
    "Fix.description": _words("What the change does, in words.", "Cut the text at a word."),
    "DeclaredEventType.description": _words("When it is written.", "A post is out."),
    "PinterestBoard.name": _words("The name of the board.", "Bridges"),
    # Times.
    "accessEndsAt": _words("When access ends that only a person can prolong."),
    "askedAt": _words("When the deletion was asked for."),
    "checkedAt": _words("When the platform was asked.", _NOW),
    "createdAt": _words("When it was made.", _NOW),
    "deletedAt": _words("When the platform said that it is gone."),
    "expiresAt": _words("When it stops to work.", _SOON),
    "failingSince": _words("Since when every delivery failed."),
    "finishedAt": _words("When it ended.", _NOW),
    "lastAttemptAt": _words("When it was tried last.", _NOW),
    "lastDeliveryAt": _words("When something was delivered last.", _NOW),
    "lastRefreshAt": _words("When the token was renewed last.", _NOW),
    "lastUsedAt": _words("When the key was used last, to about a minute.", _NOW),
    "nextAttemptAt": _words("When it is tried next."),
    "nextRefreshAt": _words("When the token is renewed next.", _SOON),
    "pausedAt": _words("Since when it is paused; null while it is not."),
    "previousSecretEndsAt": _words("Until when the secret before this one is good too."),
    "publishedAt": _words("When the platform said that it is out.", _NOW),
    "refreshableUntil": _words("Until when the token can be renewed.", _LATER),
    "releasedAt": _words("When the version came out.", "2026-05-01T00:00:00.000Z"),
    "revokedAt": _words("When access was taken away, or the key revoked."),
    "scheduledAt": _words("When it goes out; at once where it is left out.", _SOON),
    **{
        f"{body}.scheduledAt": _words(
            "When it goes out, or `next-slot` for the next free queue slot of the profile; at once "
            "where it is left out.",
            _SOON,
        )
        for body in ("PostBody", "AccountPostBody", "TargetBody", "PublishBody", "RetryBody")
    },
    "EditBody.scheduledAt": _words(
        "When it goes out, or `next-slot` for the next free queue slot of the profile.", _SOON
    ),
    "sendingAt": _words("When the first call was made that may create something.", _NOW),
    "slowUntil": _words("Until when less is sent, as the platform asked for."),
    "startedAt": _words("When it began.", _NOW),
    "sunsetAt": _words("When the platform ends the version.", "2027-05-01T00:00:00.000Z"),
    "tokenExpiresAt": _words("When the present token ends.", _SOON),
    "updatedAt": _words("When it was changed last.", _NOW),
    "verifiedAt": _words("When the platform was seen to show the post.", _NOW),
    # Posts.
    "text": _words("What the post says.", "We are open on Sunday."),
    "FirstCommentBody.text": _words("What the comment says.", "Opening hours are in our profile."),
    "FirstComment.text": _words("What the comment says.", "Opening hours are in our profile."),
    "media": _words("The files, in order."),
    "mediaRefs": _words("The attached files, in order."),
    "firstComment": _words("A comment under the post, made as soon as the post is there."),
    "options": _words("What only this platform knows."),
    "targets": _words("The accounts that it goes to, each with what is its own."),
    "account": _words("The account that it goes to."),
    "PostBody.status": _words("`draft` keeps it until it is published by a call of its own."),
    "AccountPostBody.status": _words(
        "`draft` keeps it until it is published by a call of its own."
    ),
    "publishNow": _words("True publishes at once; not together with `scheduledAt`."),
    "onDuplicate": _words(
        "What to do about the same content on the same account within minutes.", "warn"
    ),
    "fit": _words("`auto` changes images that break a limit of a platform, where it can.", "off"),
    "altText": _words("What is seen on it, for who does not see it.", "The shop at night"),
    "bytesBase64": _words("The bytes of the file, for small ones."),
    "MediaBody.url": _words("An address that the file is fetched from."),
    "MediaReference.url": _words("The address that the file was fetched from."),
    "acceptDuplicateRisk": _words(
        "Whether a second copy is accepted where nobody can tell if the first went out.", False
    ),
    "results": _words("What became of each target, in the order of the request."),
    "attempts": _words("Every try, the first one first."),
    "WebhookDelivery.attempts": _words("How often it was tried.", 1),
    "uri": _words("The address of the post on its platform.", _POST_URI),
    "cid": _words("The platform's own id of the post, where it has one."),
    "platformUri": _words("The address of the post on its platform.", _POST_URI),
    "platformCid": _words("The platform's own id of the post, where it has one."),
    "threadUris": _words("The addresses of the further posts of a thread.", []),
    "firstCommentUri": _words("The address of the first comment."),
    "firstCommentCid": _words("The platform's own id of the first comment."),
    "warnings": _words("What was found that did not stop it.", []),
    "phase": _words("What it waits for while it is `publishing`."),
    "Deletion.status": _words("Whether the platform is still asked, or it was given up."),
    "deletion": _words("How far its deletion has come, where it was asked for."),
    "error": _words("Why it is not out, and what to do."),
    "sandbox": _words("Whether a test key made it, so that no platform was reached."),
    "DeletedPost.status": _words("`published` while it still stands."),
    "attemptNumber": _words("Which try it was, from 1.", 1),
    "purpose": _words("What the try was for."),
    "succeeded": _words("Whether it did what it was for.", True),
    "outcome": _words("How it ended.", "published"),
    "errorCode": _words("The code of the error, where it ended in one."),
    "errorMessage": _words("What went wrong, where something did."),
    "transcript": _words("Each call to the platform and its answer, secrets hidden."),
    "revocation": _words("Whether the platform has taken the access back."),
    "revoked": _words("Whether it has.", True),
    "Revocation.reason": _words("Why it has not; null where it has."),
    "canceledPosts": _words("How many queued posts were canceled with it.", 2),
    "Post.violations": _words("What rules refuse in a draft; of all other posts, nothing.", []),
    "PostWithAttempts.violations": _words(
        "What rules refuse in a draft; of all other posts, nothing.", []
    ),
    "Result.violations": _words("What rules refuse in a draft; of all other posts, nothing.", []),
    "FlatResult.violations": _words(
        "What rules refuse in a draft; of all other posts, nothing.", []
    ),
    # Queue slots.
    "timeZone": _words(
        "The place by whose clocks the times go, as the IANA calls it.", "Europe/Vienna"
    ),
    "times": _words(
        "The weekly times, in the order of the week.", [{"weekday": "monday", "time": "09:00"}]
    ),
    "weekday": _words("The day of the week.", "monday"),
    "time": _words("The time of day, from 00:00 to 23:59.", "09:00"),
    "nextFree": _words("The next ten slots that no queued post has.", [_SOON]),
    # Errors and rules.
    "code": _words("What to branch on."),
    "WarningData.code": _words("The id of the rule that warns.", _RULE),
    "Warned.code": _words("The id of the rule that warns.", _RULE),
    "message": _words("What is wrong, in words for people.", "The request names no target."),
    "rule": _words("The rule that was broken: its id, or the path of a field.", _RULE),
    "platformVersion": _words("The version of the platform's API that was spoken."),
    "platformResponse": _words("What the platform answered, secrets hidden."),
    "remediation": _words(
        "What to do.", "Send targets: a list with an accountId or a platform in each entry."
    ),
    "docUrl": _words("The page about it.", f"{DOCS_URL}/errors/validation_failed"),
    "ruleUrl": _words("The page of the rule.", f"{DOCS_URL}/preflight/targets-required"),
    "retryable": _words("Whether the same request may succeed later.", False),
    "willRetry": _words("Whether this server tries again by itself.", False),
    "retryAfterSeconds": _words("How many seconds to wait."),
    "retryAfterSource": _words("Who gave that number."),
    "violations": _words("Every rule that was broken."),
    "field": _words("The field that it is about.", "targets"),
    "target": _words("The place of the target in `targets`, from 0.", 0),
    "severity": _words("Whether it stops the post."),
    "actual": _words("What was given."),
    "limit": _words("The most or the least that may be given, or what may be."),
    "Length.limit": _words("The most that there may be.", 300),
    "unit": _words("What the limit counts.", "characters"),
    "used": _words("How much of it is used.", 22),
    "left": _words("How much of it is left; below zero where it is too long.", 278),
    "valid": _words("Whether it would go out.", True),
    "quota": _words("The limits on how often may be published that would be met.", []),
    "ValidatedTarget.violations": _words("Every rule that was broken.", []),
    "rules": _words("Every rule that looked at it."),
    "Fix.rules": _words("The rules that are kept then.", [_RULE]),
    "lengths": _words("How long each text is that a rule limits."),
    "request": _words("What would be sent to the platform."),
    "fixes": _words("Changes that make violations disappear.", []),
    "result": _words("What the rule said."),
    "AppliedRule.why": _words("Why it could not look."),
    "why": _words("Why the rule is there.", "A post goes to the accounts that the request names."),
    "kind": _words("What kind of file it is."),
    "CredentialsDescriptor.kind": _words("That the owner's login is asked for in a form."),
    "OAuthDescriptor.kind": _words("That the owner consents on a page of the platform."),
    "Fix.kind": _words("What is changed."),
    "value": _words("What goes to the field instead.", "We are open."),
    "sources": _words("Where its number was read."),
    "checked": _words("The day on which it was read.", "2026-11-24"),
    "Source.url": _words("The page on which it was read.", "https://docs.example/limits"),
    "CatalogueRule.status": _words("Whether it is checked today; an alias names another rule."),
    "CatalogueRule.field": _words("The field that it looks at.", "targets"),
    "successor": _words("The rule that took its place."),
    # Accounts.
    "platform": _words("The platform.", PLATFORM),
    "platforms": _words("The platforms that may be connected.", [PLATFORM]),
    "platformAccountId": _words("The platform's own id of the account.", "4711"),
    "displayName": _words("The name that the platform shows.", "Studio Example"),
    "scopes": _words("What may be done."),
    "OAuthDescriptor.scopes": _words("What the platform is asked for.", ["read", "write"]),
    "AccountHealth.scopes": _words("What the platform allows.", ["read", "write"]),
    "missingScopes": _words("What is needed and not allowed.", []),
    "canRefresh": _words("Whether this server can renew the token.", True),
    "reconnectUrl": _words("Where the account's owner connects it again."),
    "AccountHealth.status": _words("How access stands."),
    "accounts": _words("Every account that the consent gave."),
    "returnTo": _words(
        "Where the owner's browser goes afterwards.", "https://app.example/connected"
    ),
    "authorizationUrl": _words(
        "Where to send the account's owner.", "https://social.example/authorize?state=Zk3vQ"
    ),
    "OAuthDescriptor.state": _words("Proves where the owner comes back from.", "Zk3vQ"),
    "redirectUri": _words(
        "Where the platform sends the owner back to.",
        f"{PUBLIC_URL}/v1/accounts/oauth/{PLATFORM}/callback",
    ),
    "ConnectStart.state": _words("Whether the platform can be connected here."),
    "descriptor": _words("What to ask the owner for, or where to send the owner."),
    "fields": _words("The fields of the form, in order."),
    "required": _words("Whether it must be filled in.", True),
    "placeholder": _words("What to show in the empty field.", "xxxx-xxxx-xxxx-xxxx"),
    "helpText": _words("What helps to fill it in.", "Made in the settings of your account."),
    "ConnectField.type": _words("What kind of field it is."),
    "ConnectLink.url": _words(
        "The page for the account's owner.", f"{PUBLIC_URL}/connect/abcdefghijkl"
    ),
    "findings": _words("Each thing that was looked at."),
    "found": _words("What was found.", "Studio Example"),
    "problem": _words("What to do, where it is bad."),
    "ok": _words("Whether nothing needs to be done.", True),
    "currentVersion": _words("The version that is spoken.", "v25.0"),
    "nextVersion": _words("The version after it, where it is known."),
    "changelogUrl": _words("Where the platform tells of versions.", "https://docs.example/changes"),
    "SpokenVersion.status": _words("How long the version is still answered."),
    # Files.
    "url": _words("The address of it.", f"{PUBLIC_URL}/v1/media/{IDS['med']}/file"),
    "contentType": _words("The media type.", "image/jpeg"),
    "sizeBytes": _words("How many bytes it has.", 146_515),
    "sha256": _words("The SHA-256 of its content, in hex.", _SHA256),
    "width": _words("How many pixels it is wide.", 1080),
    "height": _words("How many pixels it is high.", 1350),
    "durationSeconds": _words("How long it plays."),
    "animated": _words("Whether an image moves.", False),
    "filename": _words("What the file was called.", "shop.jpg"),
    "Upload.url": _words(
        "Where to PUT the bytes.",
        f"{PUBLIC_URL}/v1/media/uploads/{IDS['upl']}/content?expires=1796119200&signature=3q2-7w",
    ),
    "headers": _words("What to send with the bytes.", {"Content-Type": "image/jpeg"}),
    # Keys.
    "prefix": _words("`lmp_test_` reaches no platform."),
    "last4": _words("The last four characters of the key.", "x7Qe"),
    "key": _words("The key itself.", "lmp_live_s3cr3tS3cr3tS3cr3tS3cr3tx7Qe"),
    "notice": _words("What to know about the key."),
    "Key.profileId": _words("The one profile that the key may see; null for all."),
    "MintedKey.profileId": _words("The one profile that the key may see; null for all."),
    "MintKey.profileId": _words("The one profile that the key may see; all without it."),
    # Events and webhooks.
    "data": _words("The entries."),
    "nextCursor": _words("Leads to the next page; null on the last one.", _CURSOR),
    "resumeCursor": _words("Leads on from the last event that was read.", _CURSOR),
    "active": _words("Whether events are delivered.", True),
    "events": _words("The types of events that it gets; none means all."),
    "ChangeEndpoint.url": _words("Where events are posted to.", "https://app.example/hooks"),
    "WebhookEndpoint.url": _words("Where events are posted to.", "https://app.example/hooks"),
    "WebhookEndpointWithSecret.url": _words(
        "Where events are posted to.", "https://app.example/hooks"
    ),
    "WebhookEndpoint.profileId": _words("The one profile that it gets events of; null for all."),
    "WebhookEndpointWithSecret.profileId": _words(
        "The one profile that it gets events of; null for all."
    ),
    "pausedReason": _words("Why this server paused it; null where its owner did."),
    "lastFailureReason": _words("How the last delivery failed."),
    "signingSecret": _words(
        "What deliveries are signed with.", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    ),
    "schema": _words("The JSON Schema of its `data`.", {"type": "object"}),
    "reason": _words("Why it is delivered.", "event"),
    "responseStatus": _words("The status of the consumer's answer; null without one.", 200),
    "responseExcerpt": _words("How the consumer's answer began.", "ok"),
    "responseBody": _words("How the consumer's answer began.", "ok"),
    "durationMs": _words("How many milliseconds it took.", 31),
    "failure": _words("Why the last attempt failed."),
    "delivered": _words("Whether the consumer took it.", True),
    "WebhookTest.status": _words("The status of the consumer's answer; null without one.", 200),
    "nonRetryable": _words("Whether a real event would not be tried again.", False),
    "errorName": _words("Why there was no answer."),
    "sentEvent": _words("The event that was sent.", {"type": "post.published"}),
    "PostUpdated.changed": _words("The fields that have other content now.", ["text"]),
    "PostValidated.rules": _words("The ids of the rules that looked at it.", [_RULE]),
    "currentPin": _words("The version of its API that this server speaks.", "v25.0"),
    "migrationStatus": _words("How far this release is with the next version.", "pending"),
    "CreateEndpoint.url": _words("Where events are posted to.", "https://app.example/hooks"),
    "CreateEndpoint.events": _words("The types of events that it gets.", ["post.published"]),
    "EndpointPaused.url": _words("Where events are posted to.", "https://app.example/hooks"),
    "QuotaWarning.quota": _words("The posts that may be made in a month.", 1000),
    "EndpointPaused.reason": _words("Why this server paused it.", "failing"),
    "TokenRevoked.reason": _words("What the platform said.", "The refresh token was revoked."),
    "queued": _words("How many events are delivered once more.", 12),
}
