"""The pages' files: one version for all of them, kept for good under it, and every import found."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from django.template import Context, Template

from ketachart.web import static_files
from ketachart.web.static_files import FileServer, module_graph, static_tree, tree_of

SOURCE = Path(static_files.__file__).parents[1]


def asked(server: FileServer, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": path,
        "method": method,
        "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
    }
    asyncio.run(server(scope, None, send))
    answered = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], answered, sent[1]["body"]


SCRIPT = b"export const text = 'one line';\n" * 40


@pytest.fixture
def server() -> FileServer:
    return FileServer(tree_of({"part/a.js": SCRIPT, "part/b.css": b"p{}", "part/font.woff2": b"\x00" * 900}))


def test_a_file_of_this_version_is_kept_for_good_and_any_other_is_asked_for_each_time(server: FileServer) -> None:
    for_good = "public, max-age=31536000, immutable"
    assert asked(server, f"{server.tree.version}/part/a.js")[1]["cache-control"] == for_good
    assert asked(server, "part/a.js")[1]["cache-control"] == "no-cache"
    other = asked(server, "v-000000000000/part/a.js")
    assert (other[0], other[1]["cache-control"], other[2]) == (200, "no-cache", SCRIPT)


def test_a_change_of_one_file_changes_the_address_of_all() -> None:
    one = tree_of({"a.js": b"1", "b.js": b"2"})
    assert tree_of({"b.js": b"2", "a.js": b"1"}).version == one.version
    assert tree_of({"a.js": b"1", "b.js": b"3"}).version != one.version
    assert tree_of({"a.js": b"1", "c.js": b"2"}).version != one.version


def test_text_goes_compressed_to_those_who_can_read_it(server: FileServer) -> None:
    status, headers, body = asked(server, "part/a.js", accept_encoding="gzip, deflate")
    assert (status, headers["content-encoding"], gzip.decompress(body)) == (200, "gzip", SCRIPT)
    assert int(headers["content-length"]) == len(body)
    assert asked(server, "part/a.js")[2] == SCRIPT
    for plain in ("part/b.css", "part/font.woff2"):
        assert "content-encoding" not in asked(server, plain, accept_encoding="gzip")[1]


def test_a_file_that_has_not_changed_is_not_sent_again(server: FileServer) -> None:
    tag = asked(server, "part/a.js")[1]["etag"]
    assert asked(server, "part/a.js", if_none_match=tag)[::2] == (304, b"")
    assert asked(server, "part/a.js", if_none_match='"other"')[0] == 200


@pytest.mark.parametrize("path", ["", "part", "part/", "../settings.py", "part/../part/a.js", "v-12/part/a.js"])
def test_only_names_of_files_are_answered(server: FileServer, path: str) -> None:
    assert asked(server, path)[0] == 404


def test_files_are_only_read(server: FileServer) -> None:
    assert asked(server, "part/a.js", method="POST")[0] == 405
    assert asked(server, "part/a.js", method="HEAD")[::2] == (200, b"")


def test_every_neighbour_that_a_module_imports_is_there() -> None:
    modules = [name for name in static_tree().files if name.endswith(".js") and "/vendor/" not in name]
    assert modules
    for name in modules:
        for imported in module_graph(name):
            assert imported in static_tree().files, f"{name} imports {imported}"


def test_every_address_that_a_style_sheet_names_is_there() -> None:
    for name, file in static_tree().files.items():
        if name.endswith(".css"):
            for address in re.findall(r"url\(\s*[\"']?(?!data:|#)([^\"')]+)", file.body.decode()):
                found = (Path("/") / name).parent.joinpath(address.split("#")[0])
                assert str(Path(*_normal(found)))[1:] in static_tree().files, f"{name} names {address}"


def _normal(path: Path) -> list[str]:
    parts: list[str] = []
    for part in path.parts:
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return parts


def test_a_page_names_all_modules_of_its_script_at_once() -> None:
    shown = Template("{% load shell %}{% module 'treatment/room.js' %}").render(Context())
    version = static_tree().version
    assert f'<script src="/static/{version}/treatment/room.js" type="module"></script>' in shown
    for neighbour in ("treatment/clock.js", "web/js/csrf.js", "web/vendor/idb/index.js"):
        assert f'<link rel="modulepreload" href="/static/{version}/{neighbour}">' in shown
    assert shown.count("modulepreload") == len(set(module_graph("treatment/room.js")))


def test_imports_in_comments_are_types_and_are_not_loaded() -> None:
    assert "treatment/types.js" not in module_graph("treatment/room.js")
