"""The text of the event stream: news as server-sent events."""

import json

from studio.live.queries import News, told


def hello() -> bytes:
    """Write what a stream begins with."""
    return _event("hello", {})


def beat(cursor: int) -> bytes:
    """Write that nothing happened up to a cursor."""
    return _event("beat", {"cursor": cursor}, cursor)


def news_event(news: News) -> bytes:
    """Write news as one event, with the cursor as its id so that a browser resumes there by itself."""
    if news.is_reset:
        return _event("reset", {"cursor": news.cursor}, news.cursor)
    return _event("changes", {"cursor": news.cursor, "changes": told(news.changes)}, news.cursor)


def _event(name: str, data: object, event_id: int | None = None) -> bytes:
    lines = [f"event: {name}", f"data: {json.dumps(data, separators=(',', ':'))}"]
    if event_id is not None:
        lines.insert(0, f"id: {event_id}")
    return ("\n".join(lines) + "\n\n").encode()
