"""What changed from one text to the next: sentences, likeness, and passages that are still there."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.revisions import Words, changes, sentences

EARLIER = "قُتل 16 مدنياً في غارة على السوق. وقال المرصد إن الطيران استهدف البلدة. ولم يصدر تعليق."
LATER = "قتل 14 مدنيا في غارة على السوق. وقال المرصد إنّ الطيران استهدف البلدة! ولم يصدر تعليق."


def test_only_sentences_of_other_words_changed() -> None:
    found = changes(EARLIER, LATER)
    assert found.gone == ("قُتل 16 مدنياً في غارة على السوق.",)
    assert found.new == ("قتل 14 مدنيا في غارة على السوق.",)
    assert found.kept == 2
    assert found.of_one_article


def test_the_order_of_sentences_and_space_between_them_change_nothing() -> None:
    parts = EARLIER.split(". ")
    turned = ".\n\n".join(part.rstrip(".") for part in reversed(parts)) + "."
    found = changes(EARLIER, turned)
    assert (found.gone, found.new, found.kept) == ((), (), 3)


def test_another_article_is_no_later_text() -> None:
    other = "أعلنت وزارة الصحة افتتاح مشفى جديد للأطفال في المدينة. وحضر الافتتاح عدد من الأطباء."
    assert not changes(EARLIER, other).of_one_article
    assert not changes("Breaking", "Breaking").of_one_article, "too little to tell"
    assert changes(EARLIER, EARLIER + " " + other).of_one_article, "a text that grew"


def test_a_sentence_that_stands_once_more_is_new() -> None:
    assert changes("Ten died.", "Ten died. Ten died.").new == ("Ten died.",)


def test_a_passage_is_found_by_its_words_and_not_within_a_number() -> None:
    words = Words("In all, 116 people were killed, the clinic said.")
    assert "116 people  were killed" in words
    assert "16 people were killed" not in words


@given(st.text(max_size=80), st.text(max_size=80))
def test_what_is_gone_one_way_is_new_the_other_way(one: str, other: str) -> None:
    there, back = changes(one, other), changes(other, one)
    assert (sorted(there.gone), sorted(there.new), there.kept) == (sorted(back.new), sorted(back.gone), back.kept)
    same = changes(one, one)
    assert (same.gone, same.new) == ((), ())
    assert len(list(sentences(one))) >= same.kept
