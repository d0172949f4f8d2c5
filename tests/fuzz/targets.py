"""What must hold for any bytes, a function each: it raises nothing, unless it found a bug.

``SEEDS`` gives each target something to begin with.
"""

from __future__ import annotations

import json
import re
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from io import BytesIO, StringIO
from pathlib import Path
from typing import Final, get_args
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from rfc3986_validator import validate_rfc3986

from cc_lb_selfcheck.artifacts.expand import archive
from cc_lb_selfcheck.artifacts.marks import is_marked
from cc_lb_selfcheck.artifacts.opened import Spool
from cc_lb_selfcheck.artifacts.read import Unreadable
from cc_lb_selfcheck.diagnosis.declarations import declared_at
from cc_lb_selfcheck.diagnosis.line_mends import mended_lines
from cc_lb_selfcheck.diagnosis.manifests import parsed_json, parsed_toml
from cc_lb_selfcheck.diagnosis.patch import patch_of
from cc_lb_selfcheck.diagnosis.rust_source import rust_bodies, rust_functions
from cc_lb_selfcheck.diagnosis.toml_edit import add_table, set_value
from cc_lb_selfcheck.host.frames import BrokenFrame, receive
from cc_lb_selfcheck.host.nul import NulGuard
from cc_lb_selfcheck.host.outcome import Evidence
from cc_lb_selfcheck.options import Kind, SettingsError, inputs_from, load
from cc_lb_selfcheck.printing import Printer
from cc_lb_selfcheck.protocol.decode import decode_response
from cc_lb_selfcheck.protocol.json_scanner import JsonError
from cc_lb_selfcheck.report.formats import writer_of
from cc_lb_selfcheck.report.json import render_json
from cc_lb_selfcheck.report.load import UnusableReport, load_report
from cc_lb_selfcheck.report.markdown import render_markdown
from cc_lb_selfcheck.report.settings import DiffSettings, MergeSettings
from cc_lb_selfcheck.report.surroundings import Surroundings
from cc_lb_selfcheck.settings import CheckSettings, Format, PublishSettings
from cc_lb_selfcheck.surfaces.command import command
from cc_lb_selfcheck.surfaces.envfile import env_entry
from cc_lb_selfcheck.surfaces.markdown import block, code, prose
from cc_lb_selfcheck.surfaces.sarif import sarif_text
from cc_lb_selfcheck.surfaces.terminal import log_safe, terminal
from cc_lb_selfcheck.surfaces.uri import uri_of, uri_of_shown
from cc_lb_selfcheck.surfaces.xml import element, xml_text
from cc_lb_selfcheck.wasm.coredump import stack_of
from cc_lb_selfcheck.wasm.dwarf import DebugInfo
from cc_lb_selfcheck.wasm.outline import read_outline
from cc_lb_selfcheck.wasm.text import TextModule, module_of_bytes
from tests.support.builder import custom_section
from tests.support.hostile import CURATED
from tests.support.modules import (
    Plugin,
    error_module,
    identity_section,
    output_module,
    success,
    trap_module,
)
from tests.support.reader_gfm import read
from tests.support.reader_runner import log_lines, read_env_file, read_log
from tests.support.reports import accepted, artifact, report, untold

Target = Callable[[bytes], None]
_DIST: Final = Path(__file__).resolve().parents[1] / "plugins" / "dist"
_FILE_MAX_BYTES: Final = 1 << 20
_TAME: Final = {"p", "code", "wbr", "pre", "br", "li", "ul"}


def decoder(data: bytes) -> None:
    """Decode a response: what is accepted is JSON to Python as well, and says the same."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return
    try:
        response = decode_response(text)
    except JsonError as error:
        assert error.line >= 1
        assert 0 <= error.column <= len(data) + 1
        assert 0 <= error.offset <= len(data)
        return
    raw = json.loads(text)
    told = response.model_dump(mode="json")
    if isinstance(raw, dict) and all(isinstance(item, dict) for item in raw["failures"]):
        assert {key: raw[key] for key in told} == told


def module(data: bytes) -> None:
    """Read a module and gather evidence of it; what is kept is in the file, and bounded."""
    outline = read_outline(data)
    assert outline.damage is None or 0 <= outline.damage <= len(data)
    for item in outline.imports:
        said = tuple(data[start:end].decode() for start, end in item.spans)
        assert said == (item.module, item.name)
    for section in outline.custom_sections:
        assert outline.payload(section) in data
    is_marked(outline)
    outline.function_at(len(data) // 2)
    assert len(outline.names_of(range(1 << 32))) <= len(data)
    guard = NulGuard(data, outline)
    assert len(guard.data) == len(module_of_bytes(data) or data)
    evidence = Evidence.of(outline)
    assert Evidence.model_validate_json(evidence.model_dump_json()) == evidence
    stack_of(data, outline)
    TextModule(data).exports_function("cc_lb_self_check")
    list(TextModule(data).imports())


def debug_info(data: bytes) -> None:
    """Read debug information, which may be refused in any way, but tells places that are such."""
    outline = read_outline(data)
    with suppress(Exception):
        for place in DebugInfo(outline).places(len(data) // 2)[:64]:
            assert len(place) == 4


def archives(data: bytes) -> None:
    """Look into an archive: each member is read or refused with a sentence, and none is large."""
    for suffix in (".zip", ".tar", ".tgz"):
        with tempfile.NamedTemporaryFile(suffix=suffix) as file, ExitStack() as resources:
            file.write(data)
            file.flush()
            for found in archive(Path(file.name), f"a{suffix}", Spool(resources)).found:
                try:
                    assert len(found.read()) <= 128 << 20
                except Unreadable as error:
                    assert str(error).endswith(".")


def reports(data: bytes) -> None:
    """Load a report: it is refused with words, or rendered on every surface, tame."""
    try:
        loaded = load_report(data)
    except UnusableReport as error:
        assert "\n" not in terminal(str(error))
        return
    markdown = render_markdown(loaded)
    page = read(markdown)
    assert "script" not in page.names
    assert page.references == []
    for form in get_args(Format):
        stream = StringIO()
        writer_of(form)(loaded, Surroundings(), Printer(stream))
        document = stream.getvalue()
        assert form == "github" or read_log(document) == []
        if form in ("json", "sarif"):
            json.loads(document)
        if form == "junit":
            ET.fromstring(document)
    assert load_report(render_json(loaded).encode()) == loaded


def escaping(data: bytes) -> None:
    """Write a text on each surface: it stays what it is, and commands nobody."""
    try:
        text = data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        text = data.decode("utf-8", "replace")
    assert len(log_lines(terminal(text))) == 1
    assert read_log(f"✗ {terminal(text)}") == []
    assert read_log(log_safe(text)) == []
    [told] = read_log(command("error", text, {"title": text, "file": text}))
    assert (told.name, told.is_legacy) == ("error", False)
    assert list(read_env_file(env_entry("name", text))) == ["name"]
    page = read(f"{code(text)}\n\n{prose(f'It is {text}')}\n\n{block(text)}\n\nlast")
    assert page.names <= _TAME, page.names
    assert (page.links, page.references) == ([], [])
    last = next(node for node in reversed(page.nodes) if node.text.strip())
    assert (last.text, last.inside) == ("last", ("p",))
    read_xml = ET.fromstring(element("a", {"b": text}, xml_text(text)))
    assert (read_xml.tag, len(read_xml), [*read_xml.attrib]) == ("a", 0, ["b"])
    for address in (uri_of(text), uri_of_shown(text)):
        assert validate_rfc3986(address, rule="URI_reference")
        assert urlsplit(address).netloc == ""
    assert re.search(r"\]\(|\{\d+\}", sarif_text(text)) is None


def settings(data: bytes) -> None:
    """Give a value to every setting: it is taken, or refused in a sentence of one line."""
    text = data.decode("utf-8", "replace")
    _set(text, CheckSettings)
    _set(text, PublishSettings)
    _set(text, MergeSettings)
    _set(text, DiffSettings)


def _set(text: str, model: type[Kind]) -> None:
    for name in model.model_fields:
        variable = f"INPUT_{name.replace('_', '-').upper()}"
        for given in ({name: text}, {name: (text,)}, inputs_from({variable: text}, model)):
            try:
                load(given, model)
            except SettingsError as error:
                assert all(len(terminal(message)) < 2_000 for message in error.messages)


def sources(data: bytes) -> None:
    """Read a stranger's manifest and source: it says something or nothing, and edits are proven."""
    text = data.decode("utf-8", "replace")
    lines = text.split("\n")
    for function in rust_functions(text):
        assert lines[function.line - 1].startswith(function.name, function.column - 1)
    for body in rust_bodies(text):
        assert body.name in lines[body.first - 1]
        assert body.first <= body.last <= len(lines)
    for line in lines[:100]:
        at = declared_at(line, "a")
        assert at is None or line.startswith("a", at)
        assert all("\n" not in mended for mended in mended_lines(line))
    parsed_json(text)
    before = parsed_toml(text)
    for after in (
        set_value(text, ("lib",), "crate-type", '["cdylib"]'),
        add_table(text, "package", "lib", "crate-type", '["cdylib"]'),
    ):
        if after is not None:
            assert before is not None
            told = parsed_toml(after) or {}
            assert told["lib"]["crate-type"] == ["cdylib"]
            assert before.keys() <= told.keys()
            patch = patch_of("Cargo.toml", text, after)
            assert patch is None or read_log(patch) == []


def frames(data: bytes) -> None:
    """Read what a worker sends: a frame, or nothing."""
    with suppress(BrokenFrame):
        head, body = receive(BytesIO(data), 1 << 16)
        assert isinstance(head, dict)
        assert len(body) <= 1 << 16


ALL: Final[dict[str, Target]] = {
    target.__name__: target
    for target in (
        decoder,
        module,
        debug_info,
        archives,
        reports,
        escaping,
        settings,
        sources,
        frames,
    )
}


# Seeds ---------------------------------------------------------------------------------------


def _modules() -> list[bytes]:
    plugin = Plugin()
    plugin.table(3, 9)
    plugin.start = plugin.function(b"", title="start")
    plugin.self_check(plugin.set_output(success()), title="check")
    return [
        output_module(success()),
        error_module(b"no") + identity_section("name", "1.0.0"),
        trap_module("unreachable", ["cc_lb_self_check", "a::b"]),
        plugin.build() + custom_section("producers", b"\1\x08language\1\4Rust\0"),
    ]


def _archives() -> Iterator[bytes]:
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", method) as archive_file:
            archive_file.writestr("dist/a.wasm", output_module(success()))
            archive_file.writestr("b.txt", b"x")
        yield packed.getvalue()
    for mode in ("w", "w:gz"):
        packed = BytesIO()
        with tarfile.open(fileobj=packed, mode=mode) as tar:
            member = tarfile.TarInfo("dist/a.wasm")
            member.size = 8
            tar.addfile(member, BytesIO(b"\0asm\1\0\0\0"))
        yield packed.getvalue()


def seeds(target: str) -> list[bytes]:
    """Return what a target begins with."""
    match target:
        case "decoder":
            failure = b'{"stage":"wire_function_test","message":"\\u00e9 \\n"}'
            whole = b'{"status":"failure","failures":[%b],"completed_at":-1}' % failure
            return [success(), whole, b'["success",[],17]', b" \n\t{}", b"1e400"]
        case "module":
            return [*_modules(), b'(module (export "cc_lb_self_check" (func 0)))']
        case "debug_info":
            return [(_DIST / "panic-with-debuginfo.wasm").read_bytes()]
        case "archives":
            return [*_archives()]
        case "reports":
            outcomes = (artifact("a.wasm", accepted()), artifact("b.wasm", untold("It is odd.")))
            return [render_json(report(*outcomes)).encode(), b'{"schema_version":1}', b"[]"]
        case "escaping":
            return [text.encode("utf-8", "surrogatepass") for text in CURATED]
        case "sources":
            manifest = b'[package]\nname = "a"\n[lib] # x\ncrate-type = ["rlib"]\n[a.b]\nc = 1\n'
            rust = b'mod m { #[no_mangle] pub extern "C" fn a() -> i32 { r#"x"#; \'a\' /* */ } }\n'
            return [manifest, rust, b'{"name": "a", "targets": {"release": {"outFile": "b"}}}']
        case "settings":
            return [b"1", b"1/2", b"-1", b"true", b"any", b"2GiB", b"a/b", b'{"a":1}', b"nan", b""]
        case _:
            return [b"\0\0\0\2\0\0\0\1{}x", b"\xff" * 8]
