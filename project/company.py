"""The OpenID Connect provider through which the people of a company sign in, as the environment names it."""

from dataclasses import dataclass, field

from project.environment import Environment, WrongSetting


@dataclass(frozen=True, slots=True)
class Company:
    """A provider that says who somebody is. `name` is what people call it: “Continue with Acme”.

    People whose confirmed address is of one of the `domains` come in without an invitation.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str = "your company"
    domains: frozenset[str] = frozenset()

    @property
    def title(self) -> str:
        """The name where a sentence begins with it."""
        return self.name[:1].upper() + self.name[1:]


def read_company(env: Environment) -> Company | None:
    """Return the provider, or None where none is named. Raises WrongSetting for half of one."""
    needed = {
        "STUDIO_OIDC_URL": env.issuer("STUDIO_OIDC_URL"),
        "STUDIO_OIDC_CLIENT_ID": env.text("STUDIO_OIDC_CLIENT_ID"),
        "STUDIO_OIDC_CLIENT_SECRET": env.given_secret("STUDIO_OIDC_CLIENT_SECRET"),
    }
    name = env.text("STUDIO_OIDC_NAME", "your company", expected="a name of at most 40 characters")
    domains = env.domains("STUDIO_OIDC_DOMAINS")
    if len(name) > 40:
        raise WrongSetting("STUDIO_OIDC_NAME is too long for a button: it must have at most 40 characters.")
    missing = [variable for variable, value in needed.items() if not value]
    if len(missing) == len(needed):
        if domains:
            raise WrongSetting(
                "STUDIO_OIDC_DOMAINS is set, but STUDIO_OIDC_URL, which it belongs to, is not."
            )
        return None
    if missing:
        raise WrongSetting(f"To sign in through a company, {' and '.join(missing)} must be set, too.")
    issuer, client_id, client_secret = needed.values()
    return Company(issuer, client_id, client_secret, name, frozenset(domains))
