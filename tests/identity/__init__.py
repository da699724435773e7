"""A provider of identities for the tests: another Django, with allauth's own `allauth.idp.oidc`, in another process."""
