"""Who opens the pages that belong to no surface: the home address, the sign-in, the person's own account."""

from vernost.core.endpoints import SIGNED_IN, add_keyed, add_pages

BEFORE_THE_SIGN_IN = (
    "account_login",
    "account_logout",
    "account_inactive",
    "account_signup",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_confirm_email",
    "account_confirm_login_code",
    "account_email_verification_sent",
    "mfa_authenticate",
    # Answers a wrong address of the API, with or without a key.
    "api-unknown",
)
OF_ONES_OWN = (
    "home",
    "account_reauthenticate",
    "account_email",
    "account_change_password",
    "account_set_password",
    "mfa_index",
    "mfa_reauthenticate",
    "mfa_activate_totp",
    "mfa_deactivate_totp",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_download_recovery_codes",
)

add_pages("", dict.fromkeys(BEFORE_THE_SIGN_IN, SIGNED_IN), public=True)
add_pages("", dict.fromkeys(OF_ONES_OWN, SIGNED_IN))
add_pages("ui", {"gallery": SIGNED_IN})
# A key of the API says what it may do by its scopes.
add_keyed("api")
