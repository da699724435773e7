"""Whatever is written into the audit log has its sentence there, and its icon."""

import re

import pytest

from project.settings import BASE_DIR
from studio.administration.audit_log.sentences import SENTENCES, wording_of
from studio.templatetags.icons import lucide

RECORDED = re.compile(r'(?:verb=|_tell\(|_remove\([^"]*|_record_failure\(\s*)"([a-z]+\.[a-z_]+)"')


def test_every_verb_that_is_recorded_has_a_sentence() -> None:
    texts = [path.read_text() for path in (BASE_DIR / "studio").rglob("*.py")]
    verbs = {verb for text in texts for verb in RECORDED.findall(text)}
    assert len(verbs) > 30
    assert verbs - SENTENCES.keys() == set(), "say them in studio/administration/audit_log/sentences.py"
    assert SENTENCES.keys() - verbs == set(), "nobody records these any more"


@pytest.mark.parametrize("verb", [*SENTENCES, "future.deed"])
def test_every_sentence_has_an_icon_that_there_is(verb: str) -> None:
    assert lucide(wording_of(verb).icon, size=14)
