"""Goes through all checks, and says what each found."""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from studio.operations.doctor import goods, installation, work
from studio.operations.doctor.finding import Check, Finding

log = logging.getLogger(__name__)

CHECKS: Mapping[str, Check] = {
    "Settings": installation.check_settings,
    "Secrets": installation.check_secrets,
    "Database": installation.check_database,
    "Clocks": installation.check_clocks,
    "Workers": work.check_workers,
    "Schedules": work.check_schedules,
    "Line": work.check_line,
    "API keys": work.check_keys,
    "Disks": goods.check_disks,
    "Missing files": goods.check_missing_files,
    "Orphaned files": goods.check_orphaned_files,
    "Ledger": goods.check_ledger,
}
ONLINE_CHECKS: Mapping[str, Check] = {
    "Clocks of providers": installation.check_clocks_of_providers,
    "Company's sign-in": installation.check_companys_sign_in,
}


@dataclass(frozen=True, slots=True)
class Examined:
    """One check by its name, and what it found: nothing where all is well."""

    name: str
    findings: list[Finding]

    @property
    def is_wrong(self) -> bool:
        return any(not finding.is_note for finding in self.findings)


def examine(*, is_offline: bool = False) -> Iterator[Examined]:
    """Go through all checks. One that breaks is itself something that is wrong, and stops no other."""
    for name, check in {**CHECKS, **({} if is_offline else ONLINE_CHECKS)}.items():
        try:
            yield Examined(name, list(check()))
        except Exception as error:
            log.exception("operations.check.failed")
            what = f"It couldn't be looked at ({type(error).__name__}: {error})."
            yield Examined(name, [Finding(what, "Mend what stands above first, then look again.")])
