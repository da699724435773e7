"""Second factors: an authenticator app, passkeys, recovery codes, and the rule of who must have one. By allauth."""
