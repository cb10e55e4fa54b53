"""The host's mount table: which lines of it are filesystems to report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import translate


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What the kernel and its services mount for themselves, and images that are always full.
PSEUDO_TYPES = _words(
    """
    autofs binder binfmt_misc bpf cgroup cgroup2 configfs cpuset debugfs devfs devpts devtmpfs
    efivarfs fdescfs fusectl fuse.fuse-overlayfs fuse.gvfsd-fuse fuse.lxcfs fuse.portal
    fuse.snapfuse fuse.squashfuse guest_memfd_fs hugetlbfs mqueue nfsd nsfs overlay overlayfs
    proc procfs pstore ramfs resctrl rootfs rpc_pipefs securityfs selinuxfs shiftfs smackfs
    sysfs tmpfs tracefs usbfs aufs bdev pipefs sockfs spufs squashfs iso9660 erofs cramfs romfs
    """
)
# Folders whose mounts are the system's own, or belong to containers and are counted below them.
PSEUDO_FOLDERS = (
    "/sys",
    "/proc",
    "/dev",
    "/run",
    "/snap",
    "/var/snap",
    "/var/lib/docker",
    "/var/lib/containers/storage",
    "/var/lib/kubelet",
)
# Container runtimes bind these single files into every container.
PSEUDO_FILES = frozenset({"/etc/hosts", "/etc/hostname", "/etc/resolv.conf"})
# Remote filesystems share a superblock over several exports; each has a name of its own.
_NETWORK_TYPES = _words(
    """
    9p afs ceph cifs coda davfs fuse.sshfs fuse.glusterfs fuse.rclone fuse.s3fs fuse.ceph
    glusterfs lustre ncpfs nfs nfs3 nfs4 smb3 smbfs virtiofs vboxsf
    """
)
_ESCAPE = re.compile(rb"\\([0-7]{3})")


@dataclass(frozen=True)
class Mount:
    """A line of the mount table. `device_number` and `root` are known from mountinfo alone.

    root:  the folder of the filesystem that is mounted here, other than "/" for a bind mount
           of a part of it or a btrfs subvolume
    """

    mount_point: bytes
    device: bytes
    fs_type: str
    read_only: bool
    root: bytes = b"/"
    device_number: tuple[int, int] | None = None

    @property
    def is_network(self) -> bool:
        return self.fs_type in _NETWORK_TYPES


def unescape(field: bytes) -> bytes:
    r"""Undo the kernel's octal escapes (`\\040` for a blank) of the mount table."""
    if b"\\" not in field:
        return field
    return _ESCAPE.sub(lambda match: bytes([int(match[1], 8) & 0xFF]), field)


def parse_mountinfo(text: bytes) -> list[Mount]:
    """The lines of /proc/<pid>/mountinfo in the kernel's order; what is not one is left out.

    `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`
    """
    mounts = []
    for line in text.split(b"\n"):
        fields = line.split(b" ")
        try:
            separator = fields.index(b"-", 6)
            major, minor = fields[2].split(b":")
            number = (int(major), int(minor))
            fs_type, device, options = fields[separator + 1 : separator + 4]
        except ValueError:
            continue
        mounts.append(
            Mount(
                mount_point=unescape(fields[4]),
                device=unescape(device),
                fs_type=unescape(fs_type).decode("utf-8", "replace"),
                # The mount may be read-only on a writable filesystem, or the filesystem itself.
                read_only=b"ro" in fields[5].split(b",") or b"ro" in options.split(b","),
                root=unescape(fields[3]),
                device_number=number,
            )
        )
    return mounts


def parse_mounts(text: bytes) -> list[Mount]:
    """The lines of /proc/<pid>/mounts (fstab(5)'s form); what is not one is left out."""
    mounts = []
    for line in text.split(b"\n"):
        fields = line.split(b" ")
        if len(fields) < 4 or not fields[1].startswith(b"/"):
            continue
        mounts.append(
            Mount(
                mount_point=unescape(fields[1]),
                device=unescape(fields[0]),
                fs_type=unescape(fields[2]).decode("utf-8", "replace"),
                read_only=b"ro" in fields[3].split(b","),
            )
        )
    return mounts


class Selection:
    """Which mounts are reported, by the rules above and the patterns of the configuration.

    exclude:  mount points to leave out, as shell patterns (`/mnt/backup*`); the last word
    include:  mount points to report although the rules would leave them out (`/tmp`)
    """

    def __init__(self, include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> None:
        self._include = _any_of(include)
        self._exclude = _any_of(exclude)

    def wants(self, mount: Mount) -> bool:
        """Whether the mount is to be reported. An autofs is never touched, or it would mount."""
        path = mount.mount_point.decode("utf-8", "surrogateescape")
        if mount.fs_type == "autofs" or (self._exclude and self._exclude.fullmatch(path)):
            return False
        if self._include and self._include.fullmatch(path):
            return True
        return not (
            mount.fs_type in PSEUDO_TYPES
            or path in PSEUDO_FILES
            or any(path == folder or path.startswith(folder + "/") for folder in PSEUDO_FOLDERS)
            # ZFS mounts a snapshot (pool/data@name) when somebody looks into it.
            or (mount.fs_type == "zfs" and b"@" in mount.device)
        )


def select(mounts: list[Mount], selection: Selection) -> list[Mount]:
    """The mounts to report: the visible one of each mount point, each filesystem once.

    A filesystem mounted more than once (bind mounts, btrfs subvolumes) is reported where the
    whole of it is mounted, else at its shortest mount point; each ZFS dataset is one of its own.
    """
    visible = {mount.mount_point: mount for mount in mounts}
    chosen: dict[object, Mount] = {}
    for mount in visible.values():
        if not selection.wants(mount):
            continue
        identity = _identity(mount)
        other = chosen.get(identity)
        if other is None or _preference(mount) < _preference(other):
            chosen[identity] = mount
    return sorted(chosen.values(), key=lambda mount: mount.mount_point)


def _identity(mount: Mount) -> object:
    if mount.is_network or mount.device_number is None:
        # Sources like "none" or "mergerfs" name nothing: such a mount is known by its place.
        named = mount.is_network or b"/" in mount.device
        return (mount.device, mount.fs_type) if named else mount.mount_point
    return mount.device_number


def _preference(mount: Mount) -> tuple[bool, int, bytes]:
    return mount.root != b"/", len(mount.mount_point), mount.mount_point


def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    return re.compile("|".join(translate(pattern) for pattern in patterns)) if patterns else None
