"""Zip archives of strangers: what they unpack to is bounded before it is unpacked, and no part of them may declare entities."""

import io
import zipfile
import zlib
from typing import Final

from tasks.documents.blocks import Unreadable

MOST_UNPACKED: Final = 400 << 20
"""Bytes of all members together, by what the directory of the archive says: zipfile reads no member further than that."""
MOST_XML: Final = 100 << 20
"""Bytes of one member that holds markup: a book of a million words has some 20 MB."""
MOST_MEMBERS: Final = 20_000
_MARKUP: Final = (".xml", ".rels", ".opf", ".ncx", ".xhtml", ".html", ".htm", ".vml")
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""Of the container in which Office puts encrypted documents, and which documents of before 2007 are."""


def opened(raw: bytes) -> zipfile.ZipFile:
    """The archive, once its members are known to be few and small enough. Raises Unreadable: encrypted, damaged, too_large."""
    if raw.startswith(_OLE):
        if "EncryptedPackage".encode("utf-16-le") in raw:
            raise Unreadable("encrypted", "a password is needed")
        raise Unreadable("damaged", "a file of Office before 2007; save it in today's format")
    try:
        archive = zipfile.ZipFile(io.BytesIO(raw))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as error:
        raise Unreadable("damaged", f"no complete zip archive ({error})") from None
    members = archive.infolist()
    if len(members) > MOST_MEMBERS:
        raise Unreadable("too_large", f"{len(members)} members, {MOST_MEMBERS} allowed")
    if (total := sum(member.file_size for member in members)) > MOST_UNPACKED:
        raise Unreadable("too_large", f"it unpacks to {total} bytes, {MOST_UNPACKED} allowed")
    for member in members:
        if member.flag_bits & 1:
            raise Unreadable("encrypted", f"{member.filename[:100]} needs a password")
        if member.filename.lower().endswith(_MARKUP) and member.file_size > MOST_XML:
            raise Unreadable("too_large", f"{member.filename[:100]} unpacks to {member.file_size} bytes")
    return archive


def member(archive: zipfile.ZipFile, name: str) -> bytes:
    """The bytes of a member. Raises Unreadable: damaged."""
    try:
        return archive.read(name)
    except KeyError:
        raise Unreadable("damaged", f"{name[:100]} is missing") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError) as error:
        raise Unreadable("damaged", f"{name[:100]}: {error}") from None


def check_markup(archive: zipfile.ZipFile) -> None:
    """Raises Unreadable if a part of an Office document is damaged, or declares entities, which none does by right."""
    for name in archive.namelist():
        if name.lower().endswith((".xml", ".rels", ".vml")):
            check_entities(name, member(archive, name))


def check_entities(name: str, data: bytes) -> None:
    """Raises Unreadable if XML declares entities: a few hundred bytes of them unpack to gigabytes."""
    if any("<!ENTITY".encode(encoding) in data for encoding in ("ascii", "utf-16-le", "utf-16-be")):
        raise Unreadable("hostile", f"{name[:100]} declares XML entities")
