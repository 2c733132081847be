"""Queries that would run for ever, eat the memory or never be read."""

NINE = " ".join(f"?a{n} ?b{n} ?c{n} ." for n in range(9))
SMALL = "ASK { ?e a wq:Airstrike }"
FLOOD = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"


def _nested(depth: int) -> str:
    """SELECTs within each other, each a cross product with the one inside."""
    inner = "?s0 ?p0 ?o0"
    for n in range(1, depth):
        inner = f"{{ SELECT * {{ {inner} }} }} ?s{n} ?p{n} ?o{n}"
    return f"SELECT (COUNT(*) AS ?n) {{ {inner} }}"


def _growing(times: int) -> str:
    steps = " ".join(f"BIND(CONCAT(?s{n}, ?s{n}) AS ?s{n + 1})" for n in range(times))
    return "SELECT * { " + steps.replace("?s0", '"xxxxxxxx"') + " }"


# Each ends as a problem: none of them has an answer that could be given.
BOMBS = {
    "a cross product that is counted": f"SELECT (COUNT(*) AS ?n) {{ {NINE} }}",
    "a cross product that is sorted": f"SELECT * {{ {NINE} }} ORDER BY ?c0 ?c1 ?c2",
    "a cross product without doubles": f"SELECT DISTINCT * {{ {NINE} }} ORDER BY ?c0",
    "a cross product that is grouped": f"SELECT ?a0 ?c3 ?c5 (COUNT(*) AS ?n) {{ {NINE} }} GROUP BY ?a0 ?c3 ?c5",
    "one string of all": f"SELECT (GROUP_CONCAT(STR(?c1); separator=', ') AS ?all) {{ {NINE} }}",
    "optional parts of a cross product": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"OPTIONAL {{ ?a{n} ?b{n} ?c{n} }}" for n in range(9))
    + " }",
    "a difference of cross products": f"SELECT (COUNT(*) AS ?n) {{ {NINE} MINUS {{ ?a0 ?x ?y . ?z ?u ?c8 }} }}",
    "what exists for each": f"SELECT (COUNT(*) AS ?n) {{ {NINE} FILTER NOT EXISTS {{ ?x ?y ?z . ?c0 ?v ?z }} }}",
    "paths without bounds": "SELECT (COUNT(*) AS ?n) { ?a (!<x:x>)* ?b . ?c (!<x:y>)* ?d . ?e (!<x:z>)* ?f }",
    "paths of paths": "SELECT (COUNT(*) AS ?n) { ?a ((!<x:x>|^!<x:y>)+/(!<x:z>|^!<x:u>)*)+ ?b . "
    "?c (!<x:v>|^!<x:w>)* ?d . ?e (!<x:v>|^!<x:w>)* ?f }",
    "many values": f"SELECT (COUNT(*) AS ?n) {{ VALUES ?x {{ {' '.join(map(str, range(4000)))} }} {NINE} }}",
    "values times values": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ {' '.join(map(str, range(500)))} }}" for n in range(9))
    + " }",
    "a regular expression": f"SELECT (COUNT(*) AS ?n) {{ {NINE} FILTER(REGEX(STR(?c1), '(.*)*(.*)*$')) }}",
    "a large regular expression": "SELECT (COUNT(*) AS ?n) { "
    f"{NINE} FILTER(isIRI(?a0) || REGEX(STR(?c1), '((((x{{1,30}}){{1,30}}){{1,30}}){{1,30}}){{1,30}}')) }}",
    "a replacement for each": f"SELECT (SUM(STRLEN(REPLACE(STR(?c1), '(.)', '$1$1$1$1'))) AS ?n) {{ {NINE} }}",
    "strings that grow": _growing(40),
    "queries within each other": _nested(12),
    "a graph of a cross product": f"CONSTRUCT {{ <x:a> <x:b> ?n }} {{ {{ SELECT (COUNT(*) AS ?n) {{ {NINE} }} }} }}",
    "all of it described": f"DESCRIBE ?a0 {{ {NINE} }}",
    "digests of all": f"SELECT (MAX(SHA512(CONCAT(STR(?c0), STR(?c1), STR(?c2)))) AS ?n) {{ {NINE} }}",
}
# What a reader of queries chokes on, before an engine sees it. Each is refused, or answered at once.
DEEP = {
    "brackets": f"ASK {{ FILTER({'(' * 20_000}1{')' * 20_000}) }}",
    "groups": f"ASK {'{' * 20_000}{'}' * 20_000}",
    "a path of brackets": f"ASK {{ ?a {'(' * 20_000}<x:x>{')' * 20_000} ?b }}",
    "negations": f"ASK {{ FILTER({'!' * 40_000}true) }}",
    "a long sum": f"ASK {{ FILTER({'1+' * 30_000}1 = 0) }}",
    "lists within lists": f"ASK {{ ?a <x:x> {'(' * 20_000}{')' * 20_000} }}",
    "blank nodes within each other": f"ASK {{ ?a <x:x> {'[ <x:x> ' * 10_000}1{' ]' * 10_000} }}",
    "unions": "ASK { " + " UNION ".join(["{ ?a <x:x> ?b }"] * 5_000) + " }",
    "functions within each other": f"ASK {{ FILTER({'STR(' * 20_000}1{')' * 20_000} = '1') }}",
    "quoted triples": f"ASK {{ ?a <x:x> {'<<( ?a <x:x> ' * 6_000}1{' )>>' * 6_000} }}",
}
