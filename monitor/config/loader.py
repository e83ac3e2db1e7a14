"""Reading `headwater.yaml`: every problem at once, each with file, line and a sentence that says what to do."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from monitor.config.lines import Located, YamlError, load_located
from monitor.config.lines import Path as Place
from monitor.config.models import Settings, SourceConfig
from monitor.fetch.kinds import DEFAULT_KIND, SOURCE_MODELS
from monitor.providers import available_packs, load_pack


class ConfigError(Exception):
    """A configuration that cannot be used. `problems` are sentences that begin with file and line."""

    def __init__(self, problems: Sequence[str]) -> None:
        """Keep the problems; the message is all of them, a line each."""
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True)
class AlertModels:
    """The models of the alerts room: channel kinds by name, and a route."""

    channels: Mapping[str, type[BaseModel]]
    route: type[BaseModel]


@dataclass(frozen=True, slots=True)
class Configuration:
    """A configuration that was read and found good. `where` gives `file:line` of a path such as `("channels", 0)`."""

    settings: Settings
    sources: tuple[SourceConfig, ...]
    folder: Path
    where: Callable[[Place], str] = field(repr=False)


def load_config(path: Path, models: AlertModels) -> Configuration:
    """Read and check a file. Secrets are not looked at here.

    Raises:
        ConfigError: with every problem found.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError as error:
        message = f"{path}: there is no such file. `headwater init` writes one to start from."
        raise ConfigError([message]) from error
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})."]) from error
    return parse_config(data, path, models)


def parse_config(data: bytes, path: Path, models: AlertModels) -> Configuration:
    """`load_config` on bytes; `path` is used for messages and as the base of relative paths."""
    try:
        located = load_located(data)
    except YamlError as error:
        raise ConfigError([f"{path}:{error.line}: {error}" if error.line else f"{path}: {error}"]) from error
    check = _Check(path, located, models)
    return check.run()


@dataclass(slots=True)
class _Check:
    path: Path
    located: Located
    models: AlertModels
    problems: list[tuple[int, str]] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)

    def run(self) -> Configuration:
        raw = self.located.value if self.located.value is not None else {}
        if not isinstance(raw, dict):
            raise ConfigError([f"{self.path}:1: The file must hold keys and values, such as `packs: [deepseek]`."])
        for place, line in self.located.repeated:
            self._add_at(line, place, f'"{place[-1]}" is given twice.')
        settings = self._validate(Settings, raw, ())
        channels = self._channels(raw.get("channels"))
        routes = self._each(raw.get("routes"), "routes", lambda _item, _place: self.models.route)
        packs = raw.get("packs")
        sources = self._sources(packs if isinstance(packs, list) else [], raw.get("sources"))
        self._names_reach_channels(raw.get("channels"), raw.get("routes"), {channel.name for channel in channels})
        self._routes_meet_sources(raw.get("routes"), (*sources[0], *sources[1]))
        self._buttons_are_believed(raw.get("channels"), settings)
        if self.problems or settings is None:
            raise ConfigError([sentence for _, sentence in sorted(self.problems)])
        own = {"sources": sources[1], "channels": tuple(channels), "routes": tuple(routes)}
        settings = settings.model_copy(update=own)
        return Configuration(settings, (*sources[0], *sources[1]), self.path.parent, self._where)

    def _sources(
        self, packs: Sequence[object], raw: object
    ) -> tuple[tuple[SourceConfig, ...], tuple[SourceConfig, ...]]:
        """The sources of the packs, and those of the file itself."""
        packed: list[SourceConfig] = []
        for index, name in enumerate(packs):
            if isinstance(name, str) and name in available_packs():
                packed.extend(load_pack(name))
            else:
                self._add(("packs", index), f'there is no pack "{name}". {_nearest(str(name), available_packs())}')

        def model_of(item: Mapping[str, Any], place: Place) -> type[BaseModel] | None:
            kind = item.get("kind", DEFAULT_KIND)
            if kind not in SOURCE_MODELS:
                nearest = _nearest(str(kind), SOURCE_MODELS)
                self._add((*place, "kind"), f'"{kind}" is not a source kind. {nearest}')
                return None
            return SOURCE_MODELS[kind]

        own = self._each(raw, "sources", model_of)
        seen = {source.id: f"the pack {source.provider}" for source in packed}
        for index, item in enumerate(raw if isinstance(raw, list) else []):
            name = item.get("id") if isinstance(item, dict) else None
            if isinstance(name, str):
                place: Place = ("sources", index, "id")
                if name in seen:
                    self._add(place, f'"{name}" is taken by {seen[name]}. Each source needs an id of its own.')
                seen[name] = f"line {self.located.line(place)}"
        return tuple(packed), tuple(own)

    def _channels(self, raw: object) -> list[Any]:
        def model_of(item: Mapping[str, Any], place: Place) -> type[BaseModel] | None:
            kind = item.get("kind")
            if kind is None:
                self._add(place, f"`kind` is missing. Kinds are {', '.join(sorted(self.models.channels))}.")
                return None
            if kind not in self.models.channels:
                nearest = _nearest(str(kind), self.models.channels)
                self._add((*place, "kind"), f'"{kind}" is not a channel kind. {nearest}')
                return None
            return self.models.channels[kind]

        channels = self._each(raw, "channels", model_of)
        names: dict[str, int] = {}
        for index, item in enumerate(raw if isinstance(raw, list) else []):
            name = item.get("name") if isinstance(item, dict) else None
            if isinstance(name, str):
                if name in names:
                    line = self.located.line(("channels", names[name]))
                    self._add(("channels", index, "name"), f'"{name}" is taken by the channel on line {line}.')
                names.setdefault(name, index)
        return channels

    def _names_reach_channels(self, raw_channels: object, raw: object, names: Iterable[str]) -> None:
        if any(place[:1] == ("channels",) for place in self.places):
            return
        known = set(names)
        for index, item in enumerate(raw_channels if isinstance(raw_channels, list) else []):
            fallback = item.get("fallback") if isinstance(item, dict) else None
            if isinstance(fallback, str) and fallback and (fallback not in known or fallback == item.get("name")):
                said = "a channel cannot be its own fallback." if fallback in known else _no_channel(fallback, known)
                self._add(("channels", index, "fallback"), said)
        for place, rule in _rules(raw, ()):
            targets = rule.get("channel")
            for target in [targets] if isinstance(targets, str) else targets if isinstance(targets, list) else []:
                if isinstance(target, str) and target not in known:
                    self._add((*place, "channel"), _no_channel(target, known))

    def _buttons_are_believed(self, raw: object, settings: Settings | None) -> None:
        """Refuse buttons whose presses nobody could tell from forged ones."""
        if settings is None or settings.web.takes_buttons:
            return
        for index, item in enumerate(raw if isinstance(raw, list) else []):
            if isinstance(item, dict) and item.get("buttons") is True:
                said = "buttons that decide need `web.slack_signing_secret_env`, by which presses are believed."
                self._add(("channels", index, "buttons"), said)

    def _routes_meet_sources(self, raw: object, sources: Sequence[SourceConfig]) -> None:
        """Refuse rules for a source or provider that there is not: they would never take anything."""
        if any(place[:1] in (("sources",), ("packs",)) for place in self.places):
            return
        known = {"source": {source.id for source in sources}, "provider": {source.provider for source in sources}}
        for place, rule in _rules(raw, ()):
            match = rule.get("match")
            for key, names in known.items():
                wanted = match.get(key) if isinstance(match, dict) else None
                for name in [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []:
                    if isinstance(name, str) and name not in names and not {"*", "?"} & set(name):
                        said = f'no {key} is called "{name}". {_nearest(name, filter(None, names))}'
                        self._add((*place, "match", key), said)

    def _each(
        self, raw: object, key: str, model_of: Callable[[Mapping[str, Any], Place], type[BaseModel] | None]
    ) -> list[Any]:
        if raw is None:
            return []
        if not isinstance(raw, list):
            return []  # Settings has told it already.
        made = []
        for index, item in enumerate(raw):
            place: Place = (key, index)
            if not isinstance(item, dict):
                self._add(place, "must be keys and values.")
                continue
            model = model_of(item, place)
            if model is not None and (value := self._validate(model, item, place)) is not None:
                made.append(value)
        return made

    def _validate(self, model: type[Any], raw: object, base: Place) -> Any:
        try:
            return model.model_validate(raw)
        except ValidationError as error:
            for detail in error.errors():
                self._tell(model, base, detail)
        return None

    def _tell(self, model: type[BaseModel], base: Place, detail: ErrorDetails) -> None:
        loc = tuple(part for part in detail["loc"] if part != "[key]")
        place = (*base, *loc)
        match detail["type"]:
            case "extra_forbidden":
                self._add(place[:-1], _unknown(str(loc[-1]), _fields(model, loc[:-1])), line=self.located.line(place))
            case "missing":
                self._add(place[:-1], f"`{loc[-1]}` is missing.")
            case "value_error":
                self._add(place, str(detail["ctx"]["error"]))
            case "string_pattern_mismatch" if place[-1:] == ("id",):
                said = (
                    f'"{detail["input"]}" is not an id. Use lower-case letters, digits, dots, hyphens and underscores.'
                )
                self._add(place, said)
            case "greater_than_equal" if place[-1:] == ("interval",):
                self._add(place, "an interval under 10 seconds would be impolite.")
            case _:
                shown = "" if isinstance(detail["input"], dict | list) else f" (it is {detail['input']!r})"
                self._add(place, f"{detail['msg'][:1].lower()}{detail['msg'][1:]}{shown}.")

    def _add(self, place: Place, sentence: str, *, line: int | None = None) -> None:
        self._add_at(line or self.located.line(place), place, sentence)

    def _add_at(self, line: int, place: Place, sentence: str) -> None:
        shown = _shown(place)
        self.places.append(place)
        self.problems.append((line, f"{self.path}:{line}: {shown + ': ' if shown else ''}{sentence}"))

    def _where(self, place: Place) -> str:
        return f"{self.path}:{self.located.line(place)}"


def _shown(place: Place) -> str:
    text = ""
    for part in place:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def _rules(raw: object, above: Place) -> Iterator[tuple[Place, Mapping[str, Any]]]:
    """Every rule of a tree of routes with its place."""
    for index, item in enumerate(raw if isinstance(raw, list) else []):
        if isinstance(item, dict):
            place: Place = (*above, "routes", index)
            yield place, item
            yield from _rules(item.get("routes"), place)


def _fields(model: type[BaseModel], loc: Place) -> Iterable[str]:
    """The keys that may be written at a place within a model."""
    for part in loc:
        if isinstance(part, str) and part in (known := _written(model)):
            model = next(_models_in(known[part].annotation), model)
    return _written(model)


def _written(model: type[BaseModel]) -> dict[str, FieldInfo]:
    return {found.alias or name: found for name, found in model.model_fields.items()}


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _unknown(key: str, known: Iterable[str]) -> str:
    names = list(known)
    if f"{key}_env" in names:
        return f"`{key}` is a secret and does not belong into the file. Write `{key}_env: NAME` or `{key}_file: PATH`."
    near = difflib.get_close_matches(key, names, n=1)
    return f'there is no key "{key}".' + (f" Did you mean `{near[0]}`?" if near else f" Keys are {', '.join(names)}.")


def _no_channel(name: str, known: Iterable[str]) -> str:
    return f'there is no channel "{name}". {_nearest(name, known)}'


def _nearest(word: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f'Did you mean "{near[0]}"?' if near else f"There are: {', '.join(names) or 'none'}."
