"""The mount table: parsed, and reduced to what is worth a row."""

import pytest
from homelab_agent.mounts import (
    Mount,
    Selection,
    parse_mountinfo,
    parse_mounts,
    select,
    unescape,
)


@pytest.mark.parametrize(
    "escaped,plain",
    [
        (rb"/mnt/my\040disk", b"/mnt/my disk"),
        (rb"/mnt/tab\011new\012line", b"/mnt/tab\tnew\nline"),
        (rb"/mnt/back\134slash", b"/mnt/back\\slash"),
        (rb"/mnt/back\134040", rb"/mnt/back\040"),  # an escaped backslash, then digits
        (rb"/mnt/odd\04", rb"/mnt/odd\04"),
        (rb"/mnt/\303\274ber", "/mnt/über".encode()),
        (rb"/mnt/\777", b"/mnt/\xff"),
    ],
)
def test_octal_escapes(escaped: bytes, plain: bytes) -> None:
    assert unescape(escaped) == plain


def test_mountinfo_with_and_without_optional_fields() -> None:
    text = (
        b"36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue\n"
        b"37 35 8:17 / /mnt/a\\040b ro,nodev shared:3 master:2 - ext4 /dev/sdb1 rw\n"
        b"38 35 0:50 / /net rw - nfs4 nas:/export rw,vers=4.2\n"
    )
    assert parse_mountinfo(text) == [
        Mount(
            b"/mnt2", b"/dev/root", "ext3", read_only=False, root=b"/mnt1", device_number=(98, 0)
        ),
        Mount(b"/mnt/a b", b"/dev/sdb1", "ext4", read_only=True, device_number=(8, 17)),
        Mount(b"/net", b"nas:/export", "nfs4", read_only=False, device_number=(0, 50)),
    ]


def test_a_read_only_superblock_under_a_writable_mount_is_read_only() -> None:
    text = b"36 35 8:1 / / rw,relatime - ext4 /dev/sda1 ro,errors=remount-ro\n"
    assert parse_mountinfo(text)[0].read_only


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"36 35 98:0 /mnt1 /mnt2 rw,noatime",
        b"36 35 98 /mnt1 /mnt2 rw - ext3 /dev/root rw",
        b"36 35 a:b /mnt1 /mnt2 rw - ext3 /dev/root rw",
        b"36 35 98:0 /mnt1 /mnt2 rw - ext3",
        b"\xff\xfe\x00",
    ],
)
def test_what_is_no_mountinfo_line_is_left_out(line: bytes) -> None:
    good = b"36 35 98:0 / /mnt2 rw - ext3 /dev/root rw"
    assert [mount.mount_point for mount in parse_mountinfo(line + b"\n" + good)] == [b"/mnt2"]


def test_mounts_form() -> None:
    text = b"/dev/sda1 / ext4 rw,relatime 0 0\n/dev/sdb1 /my\\040disk vfat ro 0 0\nnonsense\n"
    assert parse_mounts(text) == [
        Mount(b"/", b"/dev/sda1", "ext4", read_only=False),
        Mount(b"/my disk", b"/dev/sdb1", "vfat", read_only=True),
    ]


def chosen(text: bytes, selection: Selection | None = None) -> list[str]:
    return [m.mount_point.decode() for m in select(parse_mountinfo(text), selection or Selection())]


def line(
    mount_point: str,
    device: str = "/dev/sda1",
    fs_type: str = "ext4",
    number: str = "8:1",
    root: str = "/",
) -> bytes:
    return f"1 1 {number} {root} {mount_point} rw - {fs_type} {device} rw\n".encode()


@pytest.mark.parametrize(
    "fs_type",
    ["tmpfs", "devtmpfs", "squashfs", "overlay", "proc", "sysfs", "cgroup2", "autofs", "nsfs"],
)
def test_pseudo_filesystems_are_left_out(fs_type: str) -> None:
    assert chosen(line("/data", fs_type=fs_type)) == []


@pytest.mark.parametrize(
    "mount_point", ["/sys/x", "/proc/x", "/dev/x", "/run/x", "/snap/core/1", "/var/lib/docker/zfs"]
)
def test_the_systems_own_folders_are_left_out(mount_point: str) -> None:
    assert chosen(line(mount_point)) == []


def test_a_folder_that_only_begins_like_one_of_the_systems_stays() -> None:
    assert chosen(line("/devices")) == ["/devices"]


def test_a_bind_mount_counts_once_where_the_whole_is_mounted() -> None:
    table = line("/a", root="/sub") + line("/long/mount/point") + line("/long/mount/point/again")
    assert chosen(table) == ["/long/mount/point"]


def test_btrfs_subvolumes_are_one_filesystem() -> None:
    btrfs = {"device": "/dev/mapper/luks", "fs_type": "btrfs", "number": "0:30"}
    assert chosen(line("/home", root="/@home", **btrfs) + line("/", root="/@", **btrfs)) == ["/"]


def test_zfs_datasets_are_filesystems_of_their_own_and_snapshots_are_none() -> None:
    table = (
        line("/tank", "tank", "zfs", "0:40")
        + line("/tank/media", "tank/media", "zfs", "0:41")
        + line("/tank/media/.zfs/snapshot/d", "tank/media@d", "zfs", "0:42")
    )
    assert chosen(table) == ["/tank", "/tank/media"]


def test_two_devices_with_the_same_basename_stay_two() -> None:
    table = line("/a", "/dev/mapper/one/data", number="8:1") + line(
        "/b", "/dev/mapper/two/data", number="8:2"
    )
    assert chosen(table) == ["/a", "/b"]


def test_exports_that_share_a_superblock_stay_two() -> None:
    table = line("/a", "nas:/a", "nfs4", "0:50") + line("/b", "nas:/b", "nfs4", "0:50")
    assert chosen(table) == ["/a", "/b"]


def test_only_the_topmost_of_two_mounts_at_one_place_is_seen() -> None:
    table = line("/mnt", "/dev/sda1", number="8:1") + line("/mnt", "/dev/sdb1", number="8:17")
    (mount,) = select(parse_mountinfo(table), Selection())
    assert mount.device == b"/dev/sdb1"


def test_without_device_numbers_the_device_decides() -> None:
    text = b"/dev/sda1 /a ext4 rw 0 0\n/dev/sda1 /b/c ext4 rw 0 0\nnone /p mergerfs rw 0 0\n"
    mounts = select(parse_mounts(text), Selection())
    assert [mount.mount_point for mount in mounts] == [b"/a", b"/p"]


def test_patterns() -> None:
    table = (
        line("/mnt/backup1", number="8:1")
        + line("/mnt/media", number="8:2")
        + line("/tmp", "tmpfs", "tmpfs", "0:60")  # noqa: S108 - a mount point in a text
    )
    selection = Selection(include=("/tmp",), exclude=("/mnt/backup*",))  # noqa: S108 - the same
    assert chosen(table, selection) == ["/mnt/media", "/tmp"]  # noqa: S108 - the same


def test_exclude_has_the_last_word_and_autofs_is_never_included() -> None:
    table = line("/a", number="8:1") + line("/auto", "systemd-1", "autofs", "0:70")
    assert chosen(table, Selection(include=("/*",), exclude=("/a",))) == []
