"""How allauth is set up. `config.settings` takes every upper-case name of this module."""

from __future__ import annotations

CODE_MINUTES = 15

LOGIN_URL = "account_login"

ACCOUNT_ADAPTER = "duli.platform.accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email", "phone"}
# Our sign-up form asks for either of the two in one field; allauth insists on naming one as required.
ACCOUNT_SIGNUP_FIELDS = ["email*", "phone", "password1*"]
ACCOUNT_FORMS = {
    "login": "duli.platform.accounts.forms.LoginForm",
    "signup": "duli.platform.accounts.forms.SignupForm",
    "request_login_code": "duli.platform.accounts.forms.LoginCodeForm",
    "confirm_login_code": "duli.platform.accounts.forms.ConfirmCodeForm",
    "reset_password": "duli.platform.accounts.forms.ResetPasswordForm",
    "confirm_password_reset_code": "duli.platform.accounts.forms.ConfirmCodeForm",
    "reset_password_from_key": "duli.platform.accounts.forms.NewPasswordForm",
    "confirm_email_verification_code": "duli.platform.accounts.forms.ConfirmEmailForm",
    "verify_phone": "duli.platform.accounts.forms.ConfirmPhoneForm",
    "change_password": "duli.platform.accounts.forms.ChangePasswordForm",
    "add_email": "duli.platform.accounts.forms.NewEmailForm",
    "change_phone": "duli.platform.accounts.forms.NewPhoneForm",
    "reauthenticate": "duli.platform.accounts.forms.ReauthenticateForm",
}

# Six digits, as everybody knows them: few tries for each code, and few codes for each address.
_CODE = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_LOGIN_BY_CODE_FORMAT = _CODE
ACCOUNT_PHONE_VERIFICATION_CODE_FORMAT = _CODE
ACCOUNT_PASSWORD_RESET_BY_CODE_CODE_FORMAT = _CODE
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = _CODE
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_PHONE_VERIFICATION_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = CODE_MINUTES * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = CODE_MINUTES * 60

ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PHONE_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_SESSION_REMEMBER = True

# Nobody learns from a page whether an address has an account; strangers get no mail because somebody mistyped.
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False

ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "signup": "20/m/ip,100/d/ip",
    "request_login_code": "20/m/ip,3/m/key,10/d/key",
    "reset_password": "20/m/ip,3/m/key,10/d/key",
    "confirm_email": "1/10s/key,10/d/key",
    "verify_phone": "1/30s/key,10/d/key,5/m/ip",
    "sms_code": "1/m/key,5/h/key,10/d/key,10/m/ip,60/d/ip",
    "change_password": "5/m/user",
    "staff_password": "10/m/key",
    "change_phone": "5/h/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
    "second_step": "30/m/ip,5/5m/key",
    "invitation": "20/m/ip",
    "withdrawal": "20/m/ip,60/h/ip,10/h/key",
    "stock_request": "10/m/ip,60/h/ip,20/d/key",
    "order_message": "10/m/ip,60/h/ip,30/h/key",
    "gift_card": "10/m/ip,60/h/ip",
    "discount_code": "20/m/ip,120/h/ip",
    "flash_line": "60/m/ip,600/h/ip",
    "referral_link": "60/m/ip,600/h/ip",
}

MFA_ADAPTER = "duli.platform.accounts.second_step.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"authenticate": "duli.platform.accounts.forms.SecondStepForm"}
# The clock of a phone may be half a minute off.
MFA_TOTP_TOLERANCE = 1
