"""Names that an English text itself makes known: forces that no registry has, and the acronyms of names.

Invariant: the name of a force is the capitalised words right before its capitalised head in running text; an acronym
means the name that it stood beside in this text, from there on.
"""

import re
from collections.abc import Iterator, Sequence

from ingest.mentions import ACTOR, Mention, behind_acronym, nation_adjective
from ingest.placenames import stop_words
from ingest.reading import Reading

_MOST_WORDS = 4  # before the head: Karen National Liberation Army
_TITLE_SHARE = 0.7  # capitalised words in a sentence that is set like a headline
_ACRONYM = re.compile(r"[A-Z]{2,6}")
_NUMBERED = re.compile(r"[0-9]+(st|nd|rd|th)")
_NAMING = frozenset({"actorAdjective", "actorHead", "people", "facility", "ordinal", "branch"})


def with_own_names(reading: Reading, mentions: Sequence[Mention]) -> list[Mention]:
    """Return the mentions, names in full, with the acronyms that stand for them; in order of their first word."""
    found: list[Mention] = []
    floor = 0
    acronyms: dict[str, Mention] = {}
    titles: dict[int, bool] = {}
    heads = list(_bare_heads(reading, mentions))
    bare = {m.first for m in heads}
    for mention in sorted((*mentions, *heads), key=lambda m: (m.first, -m.last)):
        if mention.first < floor:
            continue  # the acronym in brackets behind its name
        named = _in_full(reading, mention, floor, titles)
        if named is mention and mention.first in bare:
            continue
        short, end = _acronym(reading, named)
        if short:
            acronyms[short] = named = named._replace(last=end, full=named.full or named.span)
        found.append(named)
        floor = max(floor, end)
    if not acronyms:
        return found
    return sorted(_with_acronyms(reading, found, acronyms), key=lambda m: (m.first, -m.last))


def _bare_heads(reading: Reading, mentions: Sequence[Mention]) -> Iterator[Mention]:
    """Brigade, Regiment: heads that are nobody without a name, wherever no mention stands."""
    covered = {k for m in mentions for k in range(m.first, m.last)}
    for k in reading.tokens_in("actorHead"):
        analysis = reading.has(k, "actorHead")
        if analysis is None or k in covered or not analysis.entry.get("needs") or not reading.raw[k][:1].isupper():
            continue
        head = analysis.entry
        kind = str(head.get("kind") or "unspecified")
        yield Mention(ACTOR, k, k + 1, reading.span(k, k + 1), head.id, kind, number="s", armed=True, head=head)


def _in_full(reading: Reading, mention: Mention, floor: int, titles: dict[int, bool]) -> Mention:
    """The Arakan Army, the 47th Brigade: the words that name a force, where only its head was known.

    `titles` remembers which sentences are set like headlines.
    """
    head = mention.last - 1
    named = mention.entry is not None or mention.of is not None or mention.head is None or mention.kind != ACTOR
    if named or not reading.raw[head][:1].isupper():
        return mention
    s = reading.sentence_of[head]
    if s not in titles:
        titles[s] = _set_like_a_title(reading, s)
    if titles[s]:
        return mention
    a, _ = reading.sentences[s]
    k = mention.first
    while k - 1 >= max(a, floor) and mention.first - k < _MOST_WORDS and _names(reading, k - 1):
        k -= 1
    if k == mention.first:
        return mention
    return mention._replace(first=k, span=reading.span(k, mention.last), generic=False, definite=True)


def _set_like_a_title(reading: Reading, sentence: int) -> bool:
    a, b = reading.sentences[sentence]
    letters = [reading.raw[k] for k in range(a, b) if reading.raw[k][:1].isalpha()]
    return sum(word[:1].isupper() for word in letters) > _TITLE_SHARE * len(letters)


def _names(reading: Reading, k: int) -> bool:
    raw = reading.raw[k]
    if reading.punct[k] or reading.dated(k):
        return False
    if _NUMBERED.fullmatch(raw):
        return True
    if not raw[:1].isupper() or len(raw) < 3:
        return False
    if nation_adjective(reading, k) is not None:
        return True
    opens = reading.words[k] in stop_words("en") or reading.has(k, "opener") is not None
    if opens or reading.has(k, "reportVerb") is not None:
        return False
    a, _ = reading.sentences[reading.sentence_of[k]]
    # In the middle of a sentence a capital makes a name of any word (Liberation); at its beginning it says nothing.
    return k > a or all(x.entry.cls in _NAMING for x in reading.analyses[k])


def _acronym(reading: Reading, mention: Mention) -> tuple[str, int]:
    """Arakan Army (AA), Arakan Army, or AA: the acronym put beside a name, if any, and where the two end."""
    raw, j = reading.raw, mention.last
    if mention.kind != ACTOR or mention.generic or mention.metonym:
        return "", j
    if raw[j - 1] == ")" and j - 3 >= mention.first and raw[j - 3] == "(":
        short, words, end = raw[j - 2], raw[mention.first : j - 3], j
    elif (end := behind_acronym(reading, j)) > j:
        short, words = raw[end - 2], raw[mention.first : j]
    elif j + 2 < len(raw) and raw[j] == "," and reading.words[j + 1] == "or":
        short, words, end = raw[j + 2], raw[mention.first : j], j + 3
    else:
        return "", j
    initials = "".join(word[0] for word in words if word[:1].isupper())
    known = _ACRONYM.fullmatch(short) and short[0] in initials and short[-1] in initials
    return (short, end) if known else ("", j)


def _with_acronyms(reading: Reading, mentions: Sequence[Mention], acronyms: dict[str, Mention]) -> list[Mention]:
    covered = {k for m in mentions for k in range(m.first, m.last)}
    at = {m.first: m for m in mentions}
    found: dict[int, Mention] = dict(at)
    for k, raw in enumerate(reading.raw):
        name = acronyms.get(raw)
        if name is None or k in covered or k < name.last:
            continue
        following = at.get(k + 1)
        if following is not None and following.kind == ACTOR and following.generic and following.of is None:
            found.pop(k + 1, None)  # AA fighters
            found[k] = following._replace(
                first=k, span=reading.span(k, following.last), of=name.entry, generic=False, definite=True
            )
        else:
            found[k] = name._replace(
                first=k, last=k + 1, span=reading.span(k, k + 1), full=name.full or name.span, definite=True
            )
    return list(found.values())
