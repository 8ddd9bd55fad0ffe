"""A store on S3 holds what a folder would, byte for byte, and what arrives damaged is not read."""

import threading
import time
from contextlib import suppress
from pathlib import Path

import pytest

from tasks.core.errors import BadInput, InstructoryError, IntegrityError
from tasks.core.redaction import environment_secrets
from tasks.store.locations import store_folder
from tasks.store.manifest import Approval
from tasks.store.s3.bucket import Bucket
from tasks.store.store import Store
from tasks.store.upkeep import gc
from tests.servers.relay import LOSE, PASS, REFUSE, Asked, Relay
from tests.servers.s3 import KEY, SECRET
from tests.store import records
from tests.store.s3.conftest import Machine, Shared, process
from tests.store.test_store import table
from tests.torture.commits import ROWS, commit, read


def test_the_server_honours_conditional_writes(shared_store: Shared) -> None:
    """What all else stands on: of many who create one object, or replace one version of it, one is told that it did."""
    bucket = Bucket(shared_store.address, shared_store.environment["AWS_ENDPOINT_URL"])
    created: list[int] = []
    bucket.put("count", b"0")

    def race(who: int) -> None:
        for number in range(20):
            if bucket.create(f"race/{number}", str(who).encode()) is not None:
                created.append(number)
        for _ in range(5):
            while True:
                found = bucket.read("count")
                assert found
                if bucket.swap("count", str(int(found[0]) + 1).encode(), found[1].tag) is not None:
                    break

    threads = [threading.Thread(target=race, args=(who,)) for who in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(created) == list(range(20))
    assert shared_store.read("count") == b"30"


def test_the_bucket_has_the_names_that_a_folder_would(shared_store: Shared, machine: Machine, tmp_path: Path) -> None:
    commit(folder := tmp_path / "folder", 1)
    commit(machine("a"), 1)
    kinds = ("raw", "objects", "manifests", "verdicts", "builds", "refs")
    here = {
        path.relative_to(folder).as_posix() for kind in kinds for path in folder.glob(f"{kind}/**/*") if path.is_file()
    }
    assert {key for key in shared_store.names() if key.partition("/")[0] in kinds} == here
    assert all((folder / key).read_bytes() == shared_store.read(key) for key in here)


def test_an_empty_machine_reads_what_another_made(machine: Machine) -> None:
    commit(machine("a"), 1)
    assert read(b := machine("b")) == 1
    commit(machine("a"), 2)
    assert read(b) == 2
    assert Store(b).versions("d") == [1, 2]


def test_versions_have_no_gaps_when_machines_publish_at_once(
    shared_store: Shared, machine: Machine, tmp_path: Path
) -> None:
    roots = [machine(name) for name in ("a", "b")]
    children = [process(shared_store, publish_ten, root, tmp_path / "go") for root in roots]
    while len(shared_store.names("ready/")) < 2 and all(child.is_alive() for child in children):
        time.sleep(0.01)
    (tmp_path / "go").touch()
    for child in children:
        child.join(60)
    assert [child.exitcode for child in children] == [0, 0]
    assert Store(machine("c")).versions("d") == list(range(1, 21))


def publish_ten(root: Path, go: Path) -> None:
    store = Store(root)
    store.backend.replace(root / "ready" / root.parts[-3], b"")
    while not go.exists():
        time.sleep(0.001)
    for _ in range(10):
        store.publish(records.release())


def test_a_release_waits_for_what_it_stands_on(shared_store: Shared, between: Relay, through: Machine) -> None:
    there: list[int] = []

    def judge(asked: Asked) -> str:
        if "/objects/" in asked.path:
            time.sleep(0.5)
        if "/refs/" in asked.path:
            there.append(len(shared_store.names("objects/") | shared_store.names("manifests/")))
        return PASS

    between.judge = judge
    store = Store(through("a"))
    store.put_manifest(records.manifest("s", "k", store.put(table(["one"]))))
    store.publish(records.release().model_copy(update={"stages": (("s", "k"),)}))
    assert there == [2]


def test_a_release_with_a_number_gets_no_other(machine: Machine) -> None:
    store = Store(machine("a"))
    store.publish(records.release().model_copy(update={"version": 1}))
    with pytest.raises(InstructoryError, match="d@1 was published by another run meanwhile"):
        Store(machine("b")).publish(records.release().model_copy(update={"version": 1}))


def test_of_two_machines_that_made_one_stage_the_first_is_believed(machine: Machine) -> None:
    a, b = Store(machine("a")), Store(machine("b"))
    first, second = (
        records.manifest("s", "k", a.put(table(["one"]))),
        records.manifest("s", "k", b.put(table(["another"]))),
    )
    assert a.put_or_get(first) == first
    assert b.put_or_get(second) == first
    assert b.manifest("s", "k") == first


@pytest.mark.parametrize("damage", ["flipped", "cut", "gone"])
def test_a_damaged_object_is_not_read(shared_store: Shared, machine: Machine, damage: str) -> None:
    commit(machine("a"), 1)
    (key,) = shared_store.names("objects/")
    data = bytearray(shared_store.read(key))
    data[len(data) // 2] ^= 4
    if damage == "gone":
        shared_store.remove(key)
    else:
        shared_store.write(key, bytes(data) if damage == "flipped" else bytes(data[:-1]))
    store = Store(machine("b"))
    with pytest.raises(IntegrityError, match="damaged" if damage == "flipped" else "gone"):
        store.table(store.required("mix", "key1"), "kept", ROWS)
    assert not list(store.root.glob("objects/*/*")), "what is damaged was kept"


def test_verifying_reads_the_bucket_not_the_copy(shared_store: Shared, machine: Machine) -> None:
    commit(machine("a"), 1)
    store = Store(machine("a"))
    manifest = store.required("mix", "key1")
    (key,) = shared_store.names("objects/")
    assert list(store.damage([manifest])) == []
    shared_store.write(key, shared_store.read(key)[:-1] + b"?")
    assert [line.partition(": ")[0] for line in store.damage([manifest])] == [f"objects/{Path(key).name} is damaged"]
    (raw,) = shared_store.names("raw/")
    shared_store.write(raw, b"another document")
    assert len(list(store.raw_damage())) == 1


def test_a_damaged_copy_is_brought_anew(shared_store: Shared, machine: Machine) -> None:
    commit(root := machine("a"), 1)
    (path,) = root.glob("objects/*/*")
    (raw,) = root.glob("raw/*/*")
    whole = path.read_bytes()
    for damaged in (whole[:-1], whole[:-1] + b"?"):
        path.write_bytes(damaged)
        raw.write_bytes(b"document 0")
        assert read(root) == 1
        assert Store(root).raw(raw.name) == b"document 1"
        assert path.read_bytes() == whole


@pytest.mark.parametrize("folder", ["manifests/", "verdicts/", "refs/"])
def test_a_damaged_record_is_not_believed(shared_store: Shared, machine: Machine, folder: str) -> None:
    commit(machine("a"), 1)
    (key,) = shared_store.names(folder)
    shared_store.write(key, shared_store.read(key).replace(b"1", b"2", 1))
    with pytest.raises(IntegrityError, match="damaged"):
        read(machine("b"))


def test_what_the_bucket_lost_is_sent_again_before_a_release_stands_on_it(
    shared_store: Shared, machine: Machine
) -> None:
    store = Store(machine("a"))
    manifest = store.put_or_get(records.manifest("s", "k", store.put(table([f"row {n}" for n in range(9_000)]))))
    for key in shared_store.names("objects/") | shared_store.names("manifests/"):
        shared_store.remove(key)
    release = records.release().model_copy(update={"stages": (("s", "k"),)})
    Store(store.root).publish(release)
    assert Store(machine("b")).required("s", "k") == manifest


def test_a_release_is_not_published_when_what_it_stands_on_cannot_be_sent(between: Relay, through: Machine) -> None:
    between.judge = lambda asked: REFUSE if "/objects/" in asked.path else PASS
    with pytest.raises(InstructoryError, match=r"failed a request for s3://.*503.*run again"):
        commit(root := through("a"), 1)
    between.judge = lambda _: PASS
    assert Store(root).versions("d") == []
    assert not any("/manifests/" in asked.path or "/refs/" in asked.path for asked in between.seen)
    commit(root, 1)
    assert read(root) == 1


def test_an_answer_that_gets_lost_makes_no_second_version(between: Relay, through: Machine) -> None:
    root = through("a")
    lost: list[str] = []

    def lose_once(asked: object) -> str:
        path = getattr(asked, "path", "")
        if "/refs/" in path and not lost:
            lost.append(path)
            return LOSE
        return PASS

    between.judge = lose_once
    with suppress(InstructoryError):  # it may be told that nobody answered, and look
        assert Store(root).publish(records.release()).version == 1
    assert lost
    assert Store(root).versions("d") == [1]


def test_a_server_that_ignores_conditions_is_refused(shared_store: Shared, between: Relay, through: Machine) -> None:
    def forget(asked: Asked) -> str:
        """What was there makes no difference to a put."""
        if asked.path.endswith("/id"):
            shared_store.remove("id")
        return PASS

    between.judge = forget
    with (
        pytest.raises(InstructoryError, match="replaces objects that it was asked to leave"),
        Store(through("a")).backend.lease("d", "build", lambda: None),
    ):
        pass


def test_clearing_up_removes_from_the_bucket_what_nothing_needs(shared_store: Shared, machine: Machine) -> None:
    commit(machine("a"), 1)
    a, b = Store(machine("a")), Store(machine("b"))
    b.put_manifest(records.manifest("s", "k", b.put(table(["nobody needs this"]))))
    b.backend.flush()
    needed = shared_store.names() - {key for key in shared_store.names() if "/s/" in key}
    swept = gc(a, -5)
    assert (swept.files["manifests"], swept.files["objects"], swept.files["raw"]) == (1, 1, 1), (
        "a document without a row"
    )
    assert {key for key in needed if key.startswith(("objects/", "manifests/", "refs/"))} > shared_store.names(
        "manifests/"
    )
    assert not shared_store.names("manifests/s/")
    assert read(machine("c")) == 1
    assert gc(b, -5).files["objects"] == 1, "the copy of what the bucket no longer has"
    assert {path.relative_to(b.root).as_posix() for path in b.root.glob("objects/*/*")} <= shared_store.names(
        "objects/"
    )


def test_a_decision_made_elsewhere_counts(machine: Machine) -> None:
    from flows.approval import record, recorded

    a, b = Store(machine("a")), Store(machine("b"))
    record(a, "d", "c" * 8, False, "Ada", "")
    assert isinstance(seen := recorded(b, "d", "c" * 8), Approval)
    assert not seen.approved
    record(a, "d", "c" * 8, True, "Ada", "")
    assert (again := recorded(b, "d", "c" * 8))
    assert again.approved


@pytest.mark.parametrize(
    "said",
    [
        "s3://", "s3://b", "s3://BUCKET/x", "s3://key:secret@bucket/x", "s3://bucket/../x", "s3://bucket/a b",
        "gs://bucket/x",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    with pytest.raises(BadInput, match="s3://bucket/prefix") as caught:
        store_folder(said)
    assert "secret" not in str(caught.value)
    assert not list(tmp_path.iterdir())


def test_an_address_is_known_again_however_it_was_handed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    root = store_folder("s3://bucket/team/works")
    assert store_folder(Path("s3://bucket/team/works")) == store_folder("s3://bucket/team/works/") == root
    assert store_folder(root) == root
    assert store_folder("s3://bucket/team/other") != root
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    assert store_folder("s3://bucket/team/works") != root, "another server's bucket of that name"


def test_keys_are_secrets(shared_store: Shared, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session-token")
    assert {KEY, SECRET, "a-session-token"} <= set(environment_secrets())
    monkeypatch.delenv("AWS_SESSION_TOKEN")
    commit(root := machine("a"), 1)
    written = [path.read_bytes() for path in root.rglob("*") if path.is_file()]
    sent = [shared_store.read(key) for key in shared_store.names()]
    assert len(written) > 5
    assert not any(SECRET.encode() in data for data in written + sent)


def test_without_the_package_the_remedy_is_named(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    root = machine("a")
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    with pytest.raises(BadInput, match="pip install obstore"):
        Store(root)
