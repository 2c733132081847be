"""Forms and addresses are read as the library reads them."""

from urllib.parse import parse_qsl, quote, urlencode

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from api.operations import parse_parameters
from api.problems import Problem

TEXTS = st.one_of(
    st.text("ab=&+%;1fF \t\x7f\r\n"),
    st.text().map(lambda text: quote(text, safe="")),
    st.lists(st.tuples(st.text(), st.text())).map(urlencode),
)


@given(TEXTS)
@example("query=%FF")
@example("query=%3D%0D%0A=%20&a&&=b")
@example("&".join(["a=b"] * 1001))
def test_fields_are_those_of_the_library(text: str) -> None:
    data = text.encode("utf-8", "replace")
    try:
        expected = parse_qsl(
            data.decode("ascii"), keep_blank_values=True, encoding="utf-8", errors="strict", max_num_fields=1000
        )
    except ValueError:
        with pytest.raises(Problem) as refused:
            parse_parameters(data, "the address")
        assert refused.value.status == 400
    else:
        assert parse_parameters(data, "the address") == expected
