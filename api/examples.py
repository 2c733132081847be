"""Example queries for people: the start page offers them, the demo asks the first.

Invariant: each one is a whole query that runs anywhere, prefixes included. Names come in several languages, so a query
that shows one picks one (MIN), and rows do not multiply.
"""

_PREFIXES = """\
PREFIX wq: <https://w3id.org/waqai/ontology#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>

"""

EXAMPLES = {
    "Airstrikes: where, when, how many killed, who says so": _PREFIXES
    + """\
SELECT ?event (MIN(STR(?placeName)) AS ?place) (MIN(STR(?day)) AS ?date)
       (MIN(?best) AS ?killed) (MIN(STR(?sourceName)) AS ?source) WHERE {
  ?event a wq:Airstrike ; wq:claim ?claim .
  OPTIONAL { ?event wq:place/rdfs:label ?placeName }
  OPTIONAL { ?event wq:date ?day }
  OPTIONAL { ?event wq:fatalitiesBest ?best }
  OPTIONAL { ?claim wq:attributedTo/rdfs:label ?sourceName }
}
GROUP BY ?event
ORDER BY ?date ?event
LIMIT 50""",
    "Takeovers: what, by whom, when": _PREFIXES
    + """\
SELECT ?event (MIN(STR(?placeName)) AS ?place) (MIN(STR(?agentName)) AS ?by) (MIN(STR(?day)) AS ?date) WHERE {
  ?event a wq:Takeover .
  OPTIONAL { ?event wq:place/rdfs:label ?placeName }
  OPTIONAL { ?event wq:agent/rdfs:label ?agentName }
  OPTIONAL { ?event wq:date ?day }
}
GROUP BY ?event
ORDER BY ?date ?event
LIMIT 100""",
    "Tolls that differ: killed, by place and day": _PREFIXES
    + """\
SELECT ?place (MIN(STR(?placeName)) AS ?name) ?day (MIN(?best) AS ?lowest) (MAX(?best) AS ?highest)
       (COUNT(DISTINCT ?event) AS ?events) WHERE {
  ?event wq:place ?place ; wq:fatalitiesBest ?best .
  ?place rdfs:label ?placeName .
  OPTIONAL { ?event wq:earliest ?day }
}
GROUP BY ?place ?day
HAVING (COUNT(DISTINCT ?best) > 1)
ORDER BY ?day ?name
LIMIT 50""",
    "Evidence: the exact words behind each claim": """\
PREFIX wq: <https://w3id.org/waqai/ontology#>
PREFIX oa: <http://www.w3.org/ns/oa#>

SELECT ?claim ?modality ?quote ?start ?end WHERE {
  ?claim a wq:Claim ; wq:modality ?modality ; wq:evidence ?evidence .
  ?evidence oa:hasSelector ?words, ?characters .
  ?words oa:exact ?quote .
  ?characters oa:start ?start ; oa:end ?end .
}
ORDER BY ?claim ?start
LIMIT 50""",
    "Claims that are no events: denied, planned, feared, history": _PREFIXES
    + """\
SELECT ?claim ?modality ?type ?label WHERE {
  ?claim a wq:Claim ; wq:modality ?modality ; rdfs:label ?label .
  FILTER(?modality NOT IN (wq:Asserted, wq:Claimed) && LANG(?label) = "en")
  # What such a claim speaks of stands in the claim's own graph only.
  GRAPH ?claim { ?event wq:claim ?claim ; a ?type }
}
ORDER BY ?claim ?type
LIMIT 100""",
    "Sources by number of claims": _PREFIXES
    + """\
SELECT ?source (MIN(STR(?sourceName)) AS ?name) (COUNT(DISTINCT ?claim) AS ?claims) WHERE {
  ?claim wq:attributedTo ?source .
  OPTIONAL { ?source rdfs:label ?sourceName }
}
GROUP BY ?source
ORDER BY DESC(?claims) ?source
LIMIT 50""",
}
