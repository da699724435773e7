"""A browser's name for itself, in words that a person recognizes: "Firefox on Linux"."""

# The first that fits: most browsers also claim to be those that came before them.
_BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
_SYSTEMS = {
    "iPhone": "an iPhone",
    "iPad": "an iPad",
    "Android": "Android",
    "CrOS": "ChromeOS",
    "Windows": "Windows",
    "Mac OS X": "a Mac",
    "Linux": "Linux",
}


def words_for_browser(user_agent: str) -> str:
    """Return which browser on which system a User-Agent header names, as far as it does."""
    browser, system = (
        next((words for sign, words in table.items() if sign in user_agent), "")
        for table in (_BROWSERS, _SYSTEMS)
    )
    if browser and system:
        return f"{browser} on {system}"
    return browser or (f"A browser on {system}" if system else "Something that names no browser")
