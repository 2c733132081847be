"""Settings: the one place that reads the environment and the settings file.

Invariant: a `Settings` object is complete and valid; a bad setting never gets further than `load_settings`, which
names it in one sentence. Order of precedence: command line, `WAQAI_*` environment, settings file, default. The
settings file is `waqai.toml` in the current folder, or the file that WAQAI_CONFIG names.
"""

import difflib
import os
import re
import tomllib
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource

from api.allowed import Allowed

PREFIX = "WAQAI_"
CONFIG_VARIABLE = "WAQAI_CONFIG"
_BESIDE = (CONFIG_VARIABLE, "WAQAI_CACHE", "WAQAI_DEBUG")  # read by others, and no fields of Settings
CONFIG_FILE = "waqai.toml"


class BadSetting(ValueError):
    """A setting that cannot be used; the message says which one, why, and what it should be."""


class Settings(BaseSettings):
    """Every setting with its default. Sizes are bytes, times are seconds."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", frozen=True)

    data: Annotated[Path, Field(description="folder of the log, the article texts and the graph")] = Path("waqai-data")
    base_iri: Annotated[str, Field(description="what every IRI of the graph starts with; ends with /")] = (
        "http://localhost:8000/"
    )
    log: Annotated[
        SecretStr | None, Field(description="PostgreSQL database of the log; unset: `log.sqlite` in the data folder")
    ] = None
    log_record_bytes: Annotated[int, Field(description="largest record of the log", ge=1)] = 67_108_864
    log_batch_bytes: Annotated[int, Field(description="largest batch that the log takes", ge=1)] = 268_435_456
    log_batch_records: Annotated[int, Field(description="most records of a batch that the log takes", ge=1)] = 10_000
    log_busy_seconds: Annotated[float, Field(description="how long a writer waits for the log's lock", gt=0)] = 10.0
    log_idle_seconds: Annotated[
        float, Field(description="how long a writer that stalls may hold the lock of a log in PostgreSQL", gt=0)
    ] = 60.0
    ontology: Annotated[
        Path | None, Field(description="folder of terms, shapes, lexicon and gazetteer overlay; unset: the project's")
    ] = None
    gazetteer: Annotated[
        Path | None, Field(description="folder of imported gazetteers; unset: `gazetteer` in the data folder")
    ] = None
    gazetteer_batch: Annotated[int, Field(description="rows of a gazetteer that are imported at a time", ge=1)] = 20_000
    gazetteer_rows: Annotated[int, Field(description="most rows of a gazetteer file", ge=1)] = 50_000_000
    gazetteer_line_bytes: Annotated[int, Field(description="longest line or item of a gazetteer file", ge=1)] = (
        1_000_000
    )
    gazetteer_name_chars: Annotated[int, Field(description="longest name of a place, in characters", ge=1)] = 400
    gazetteer_ratio: Annotated[int, Field(description="how many times its size an archive may hold", ge=1)] = 200
    gazetteer_place_names: Annotated[int, Field(description="most names of one place", ge=1)] = 2_000
    reconcile_batch: Annotated[int, Field(description="queries or ids of one reconciliation request", ge=1)] = 50
    reconcile_candidates: Annotated[int, Field(description="candidates or suggestions of one answer", ge=1)] = 50
    reconcile_characters: Annotated[int, Field(description="longest text of a reconciliation query", ge=1)] = 1_000
    reconcile_conditions: Annotated[int, Field(description="conditions of a query, values of a condition", ge=1)] = 30
    reconcile_seconds: Annotated[float, Field(description="how long a batch of queries may take", gt=0)] = 30.0
    reconcile_events: Annotated[int, Field(description="events that one query may compare", ge=1)] = 300
    reconcile_names: Annotated[int, Field(description="names of the graph kept for matching", ge=1)] = 1_000_000
    reviewer: Annotated[
        str | None, Field(description="who decides on links, as records say it; unset: the user", max_length=200)
    ] = None
    four_eyes: Annotated[
        bool, Field(description="a decision on claims, runs or articles holds only once somebody else has approved it")
    ] = False
    curation_runs: Annotated[
        int, Field(description="runs of one record, where those of a whole extractor are retracted", ge=1)
    ] = 200
    review_margin: Annotated[
        int, Field(description="a link that is ahead of the next by less is listed for review, in thousandths", ge=0)
    ] = 150
    review_mentions: Annotated[
        int, Field(description="an unknown name with so many mentions is listed for review", ge=1)
    ] = 1
    review_reason_chars: Annotated[int, Field(description="longest reason of a decision, in characters", ge=1)] = 1_000
    reconcile_services: Annotated[
        str | None,
        Field(description="outside reconciliation services that may be asked: name=address, with spaces between"),
    ] = None
    reconcile_service_seconds: Annotated[
        float, Field(description="how long an outside service may take for an answer", gt=0, le=600)
    ] = 20.0
    reconcile_service_bytes: Annotated[int, Field(description="largest answer of an outside service", ge=1)] = 2_000_000
    reconcile_service_redirects: Annotated[int, Field(description="redirects that are followed", ge=0, le=20)] = 3
    reconcile_rows: Annotated[
        int, Field(description="rows of a table that an outside service is asked about", ge=1)
    ] = 10_000
    host: Annotated[str, Field(description="address that the server listens on", min_length=1)] = "127.0.0.1"
    port: Annotated[int, Field(description="port that the server listens on", ge=1, le=65535)] = 8000
    token: Annotated[
        SecretStr | None, Field(description="one bearer token that may do everything over HTTP; unset: none")
    ] = None
    tokens: Annotated[Path | None, Field(description="file of tokens; unset: `tokens.json` in the data folder")] = None
    token_days: Annotated[int, Field(description="how long a new token counts, in days", ge=1, le=36_500)] = 365
    max_article_bytes: Annotated[int, Field(description="largest article", ge=1)] = 10_000_000
    article_seconds: Annotated[float, Field(description="how long the extraction of one article may take", gt=0)] = 60.0
    max_query_bytes: Annotated[int, Field(description="longest SPARQL query", ge=1)] = 100_000
    queries: Annotated[Path | None, Field(description="folder of your own saved queries (`.rq` files)")] = None
    query_workers: Annotated[int, Field(description="processes that evaluate queries at a time", ge=1, le=256)] = 8
    query_seconds: Annotated[float, Field(description="how long a query may take", gt=0, le=86_400)] = 30.0
    query_memory: Annotated[
        int, Field(description="what the process of a query may take in addition; 0: no bound", ge=0)
    ] = 1_000_000_000
    answers_kept: Annotated[
        int, Field(description="bytes of small answers that a server keeps for repeated queries; 0: none", ge=0)
    ] = 64_000_000
    max_update_bytes: Annotated[int, Field(description="largest SPARQL update or body of a graph", ge=1)] = 10_000_000
    service_allow: Annotated[
        str | None,
        Field(description="SPARQL endpoints that SERVICE may ask: whole addresses, with spaces between; unset: none"),
    ] = None
    service_seconds: Annotated[
        float, Field(description="how long one of them may take for an answer", gt=0, le=3600)
    ] = 20.0
    service_bytes: Annotated[int, Field(description="largest answer of one of them", ge=1)] = 10_000_000
    service_requests: Annotated[
        int, Field(description="SERVICE clauses of a query, and requests that it may cost", ge=1, le=1000)
    ] = 10
    load_allow: Annotated[
        str | None,
        Field(
            description="documents that LOAD may fetch: whole addresses, or what they begin with up to a slash; "
            "unset: none"
        ),
    ] = None
    load_seconds: Annotated[float, Field(description="how long those of one update may take", gt=0, le=3600)] = 30.0
    load_bytes: Annotated[int, Field(description="what those of one update may have together", ge=1)] = 10_000_000
    own_network: Annotated[
        str | None,
        Field(
            description="hosts with ports (`host:port`) of this machine or its network that SERVICE and LOAD may "
            "reach where they are allowed too; unset: none"
        ),
    ] = None
    update_seconds: Annotated[float, Field(description="how long an update may take", gt=0, le=86_400)] = 60.0
    update_quads: Annotated[int, Field(description="quads that one update may change", ge=1)] = 100_000
    query_queue: Annotated[int, Field(description="queries that may wait for a process", ge=0)] = 200
    query_wait: Annotated[float, Field(description="how long a query waits for one", ge=0, le=60)] = 3.0
    query_freshness: Annotated[
        float, Field(description="how old what a query sees may be while the graph is written fast", ge=0, le=3600)
    ] = 1.0
    query_threads: Annotated[int, Field(description="threads for answers that are made in Python", ge=1, le=256)] = 4
    audit_claims: Annotated[
        int, Field(description="claims that one audit shows unless it is asked for more", ge=1, le=500)
    ] = 10
    audit_most: Annotated[
        int, Field(description="claims that one audit over HTTP shows where it is asked for all", ge=1)
    ] = 2000
    audit_processes: Annotated[
        int,
        Field(
            description="processes that audit a whole graph; 0: one for each core, fewer for few records", ge=0, le=256
        ),
    ] = 0
    consistency_seconds: Annotated[
        float, Field(description="how long reasoning over what sources say may take", gt=0, le=86_400)
    ] = 60.0
    consistency_claims: Annotated[
        int, Field(description="claims of one source that are reasoned over together", ge=1, le=100_000)
    ] = 200
    consistency_megabytes: Annotated[
        int, Field(description="memory of the reasoner, in megabytes", ge=64, le=1_000_000)
    ] = 1000
    crate_claims: Annotated[int, Field(description="claims that one RO-Crate may have", ge=1)] = 10_000
    download_claims: Annotated[int, Field(description="claims that one RO-Crate may have over HTTP", ge=1)] = 1000
    census_seconds: Annotated[
        float, Field(description="how long one of the counts for VoID may take", gt=0, le=86_400)
    ] = 300.0
    data_license: Annotated[
        str | None, Field(description="IRI of the licence of the dataset, named in VoID; unset: none is named")
    ] = None
    search_things: Annotated[int, Field(description="things that a search for words may find", ge=1)] = 100_000
    max_result_bytes: Annotated[int, Field(description="largest answer of the query endpoint", ge=1)] = 256_000_000
    ledger_claims: Annotated[int, Field(description="most claims that `/ledger` makes its figures of", ge=1)] = 100_000
    max_batch: Annotated[int, Field(description="records read from the log at a time when projecting", ge=1)] = 64
    snapshot_records: Annotated[
        int, Field(description="the graph is kept as a snapshot when so many records are new; 0: never by number", ge=0)
    ] = 500
    snapshot_seconds: Annotated[
        float, Field(description="and when so much record time has passed since the last; 0: never by time", ge=0)
    ] = 3600.0
    snapshots_recent: Annotated[int, Field(description="newest snapshots that are all kept", ge=1)] = 12
    snapshots_daily: Annotated[int, Field(description="days before these of which one snapshot is kept", ge=0)] = 30
    snapshots_monthly: Annotated[int, Field(description="months before those of which one is kept", ge=0)] = 60
    past_copies: Annotated[int, Field(description="past states kept since they were asked for", ge=1)] = 16
    past_copy_bytes: Annotated[int, Field(description="what these may take of the disk for themselves", ge=1)] = (
        4_000_000_000
    )
    past_records: Annotated[
        int, Field(description="records replayed from the nearest snapshot to answer for a past state", ge=0)
    ] = 100_000
    past_memory_records: Annotated[
        int, Field(description="records replayed in memory for it, where the data folder cannot be written", ge=0)
    ] = 20_000
    change_records: Annotated[int, Field(description="records that a difference or a history reads", ge=1)] = 20_000
    checkpoint_key: Annotated[
        Path | None,
        Field(description="file of the key that signs checkpoints; unset: `proof/checkpoint.key` of the data"),
    ] = None
    checkpoint_origin: Annotated[
        str | None, Field(description="name of the log in checkpoints and of its key; unset: from the base IRI")
    ] = None
    checkpoint_publish: Annotated[
        Path | None, Field(description="folder or git repository of published checkpoints; each start looks there")
    ] = None
    max_bundle_bytes: Annotated[int, Field(description="largest proof bundle", ge=1)] = 16_000_000
    stream_records: Annotated[int, Field(description="records of a page of the event stream", ge=1, le=10_000)] = 50
    stream_pages: Annotated[int, Field(description="pages of an index of the event stream", ge=2, le=10_000)] = 200
    stream_seconds: Annotated[
        int, Field(description="how long caches keep a page of the event stream that may still grow", ge=0, le=3600)
    ] = 5
    replicate_seconds: Annotated[
        float, Field(description="how long a page may take that a replica is made from", gt=0, le=3600)
    ] = 60.0
    replicate_bytes: Annotated[int, Field(description="largest page that a replica is made from", ge=1)] = 256_000_000
    mirror: Annotated[str | None, Field(description="SPARQL server to mirror into: where it takes queries")] = None
    mirror_update: Annotated[
        str | None, Field(description="where it takes updates; unset: what usual servers have beside that")
    ] = None
    mirror_graph_store: Annotated[
        str | None, Field(description="where it gives the whole dataset as N-Quads; unset: it is read by queries")
    ] = None
    mirror_default_graph: Annotated[
        str | None, Field(description="IRI of the graph there that stands for the default graph; unset: that itself")
    ] = None
    mirror_user: Annotated[str | None, Field(description="who writes there (HTTP Basic); unset: nobody")] = None
    mirror_password: Annotated[SecretStr | None, Field(description="the password of that user")] = None
    mirror_token: Annotated[SecretStr | None, Field(description="a bearer token for it, in place of the user")] = None
    mirror_seconds: Annotated[
        float, Field(description="how long it may be silent in the middle of a request", gt=0, le=86_400)
    ] = 120.0
    mirror_patience: Annotated[
        float, Field(description="how long a server that is away or busy is tried again", ge=0)
    ] = 300.0
    mirror_quads: Annotated[int, Field(description="most quads of one request to it", ge=1)] = 10_000
    mirror_bytes: Annotated[int, Field(description="largest request to it", ge=1)] = 4_000_000
    fetch_seconds: Annotated[float, Field(description="how long a page may take that is fetched", gt=0, le=600)] = 30.0
    fetch_redirects: Annotated[int, Field(description="redirects of a page that are followed", ge=0, le=20)] = 5
    fetch_pause: Annotated[
        float, Field(description="seconds between two requests to one host, when articles are fetched again", ge=0)
    ] = 1.0
    fetch_private: Annotated[
        bool, Field(description="articles may be fetched again from this machine and its network")
    ] = False
    poll_interval: Annotated[float, Field(description="how often a server looks for new records", gt=0, le=60)] = 0.5

    @property
    def gazetteer_folder(self) -> Path:
        """The folder of imported gazetteers; it need not be there."""
        return self.gazetteer if self.gazetteer is not None else self.data / "gazetteer"

    @property
    def proof_folder(self) -> Path:
        """The folder of tiles, checkpoints and public keys; it need not be there."""
        return self.data / "proof"

    @property
    def token_file(self) -> Path:
        """The file of tokens; it need not be there."""
        return self.tokens if self.tokens is not None else self.data / "tokens.json"

    @property
    def key_file(self) -> Path:
        """The file of the private key; it need not be there."""
        return self.checkpoint_key if self.checkpoint_key is not None else self.proof_folder / "checkpoint.key"

    @property
    def origin(self) -> str:
        """The name of the log: as set, else the base IRI without its scheme, followed by `log`."""
        return self.checkpoint_origin or f"{self.base_iri.partition('://')[2]}log"

    @field_validator("checkpoint_origin")
    @classmethod
    def _a_name(cls, value: str | None) -> str | None:
        if value is not None and (not value.isprintable() or not value or any(c.isspace() or c == "+" for c in value)):
            raise ValueError("it must be a name without spaces and +, such as example.org/log")
        return value

    @property
    def services(self) -> dict[str, str]:
        """Addresses of the outside reconciliation services, by name."""
        return dict(part.split("=", 1) for part in (self.reconcile_services or "").split())

    @property
    def allowed(self) -> Allowed:
        """Which other servers queries and updates may ask."""
        return Allowed.of(self.service_allow, self.load_allow, self.own_network)

    @field_validator("service_allow", "load_allow")
    @classmethod
    def _addresses(cls, value: str | None) -> str | None:
        Allowed.of(value, None, None)
        return value

    @field_validator("own_network")
    @classmethod
    def _hosts(cls, value: str | None) -> str | None:
        Allowed.of(None, None, value)
        return value

    @field_validator("reconcile_services")
    @classmethod
    def _named_addresses(cls, value: str | None) -> str | None:
        for part in (value or "").split():
            name, equals, address = part.partition("=")
            if not equals or not re.fullmatch(r"[A-Za-z0-9_.-]+", name):
                raise ValueError(f"{part!r} must be a name, = and an address, such as wikidata=https://example.org/api")
            if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).netloc:
                raise ValueError(f"the service {name} needs an http or https address")
        return value

    @field_validator("ontology", mode="before")
    @classmethod
    def _an_ontology(cls, value: Any) -> Any:
        if isinstance(value, str | Path):
            missing = [name for name in ("waqai.ttl", "shapes.ttl", "lexicon") if not (Path(value) / name).exists()]
            if not str(value).strip() or missing:
                raise ValueError(
                    f"it must name a folder like the project's ontology; it has no {' and no '.join(missing)}"
                )
        return value

    @field_validator("data_license")
    @classmethod
    def _an_address(cls, value: str | None) -> str | None:
        bad = value is not None and any(c in value for c in ' <>"{}|\\^`')
        if bad or (value is not None and urlsplit(value).scheme not in ("http", "https")):
            raise ValueError(
                "it must be the address of a licence, such as https://creativecommons.org/licenses/by/4.0/"
            )
        return value

    @field_validator("data", "gazetteer", "checkpoint_publish", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("it must name a folder (. is the current one)")
        return value

    @field_validator("log", mode="before")
    @classmethod
    def _a_database(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.startswith(("postgresql://", "postgres://")):
            raise ValueError("it must be the address of a database, such as postgresql://user@host:5432/database")
        return value

    @field_validator("checkpoint_key", "tokens", mode="before")
    @classmethod
    def _a_file(cls, value: Any) -> Any:
        if isinstance(value, str) and not value.strip():
            raise ValueError("it must name a file")
        return value

    @field_validator("base_iri")
    @classmethod
    def _absolute_and_closed(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise ValueError("it must be an absolute http or https address, such as https://example.org/")
        if not value.endswith("/") or parts.query or parts.fragment or any(c in value for c in ' <>"{}|\\^`'):
            raise ValueError("it must end with a slash and hold no query, fragment or character that IRIs forbid")
        return value

    @field_validator("token")
    @classmethod
    def _long_enough(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < 16:
            raise ValueError("it must have at least 16 characters")
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read what the caller gives, then the environment, then the settings file; nothing else."""
        file = config_file()
        if file is None:
            return init_settings, env_settings
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, toml_file=file)


def config_file() -> Path | None:
    """Return the settings file that applies here, or None.

    Raises:
        BadSetting: where WAQAI_CONFIG names a file that is not there.
    """
    named = os.environ.get(CONFIG_VARIABLE)
    if named:
        if not Path(named).is_file():
            raise BadSetting(f"{CONFIG_VARIABLE} names {named}, which is no file: correct the path or unset it.")
        return Path(named)
    return Path(CONFIG_FILE) if Path(CONFIG_FILE).is_file() else None


def load_settings(**given: Any) -> Settings:
    """Return the settings that apply here; `given` values that are not None win over everything else.

    Raises:
        BadSetting: for a value that cannot be used, an unknown name in the file, or a file that is not TOML.
    """
    file = config_file()
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except tomllib.TOMLDecodeError as error:
        raise BadSetting(f"{file} is not a TOML file: {error}.") from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSetting(f"{file} cannot be read as UTF-8 text: {error}.") from None
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise BadSetting(_sentence(first, given, file)) from None


def unknown_variables() -> list[str]:
    """Return a sentence for each WAQAI_* variable of the environment that nothing reads, with the nearest that is."""
    known = [f"{PREFIX}{name.upper()}" for name in _known()]
    sentences = []
    for variable in sorted(os.environ):
        name = variable.upper()
        if name.startswith(PREFIX) and name not in known and name not in _BESIDE:
            near = difflib.get_close_matches(name, [*known, *_BESIDE], n=1, cutoff=0.75)
            advice = f"the nearest is {near[0]}" if near else f"known are {', '.join(known)}"
            sentences.append(f"there is no setting {variable}; {advice}.")
    return sentences


def _sentence(error: Any, given: dict[str, Any], file: Path | None) -> str:
    name = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        return f"{file or 'the settings'}: there is no setting named {name}; known are {', '.join(_known())}."
    variable = f"{PREFIX}{name.upper()}"
    if given.get(name) is not None:
        where = f"--{name.replace('_', '-')}"
    elif variable in os.environ or file is None:
        where = variable
    else:
        where = f"{name} in {file}"
    shown = "" if name in ("token", "log", "mirror_password", "mirror_token") else f" is {str(error['input'])!r}:"
    why = error["msg"].removeprefix("Value error, ").rstrip(".")
    return f"{where}{shown} {why[0].lower()}{why[1:]}."


def _known() -> list[str]:
    return list(Settings.model_fields)
