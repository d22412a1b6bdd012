#!/bin/bash
# Builds the guest image of the real-VM suite: `build.sh OUT.qcow2`. Run as root.
#
# A close relative of Debian 12's genericcloud image, made from Debian's packages where that image cannot be
# downloaded; README.md lists what is the same and what is not. An OUT that was built from the same inputs is kept.
#
# GUEST_EXTRA_PACKAGES   more packages, separated by spaces (part of the inputs)
# GUEST_IMAGE_MIB        virtual size, 2048 by default: small on purpose, the guest has to grow its root
set -euo pipefail
export LC_ALL=C.UTF-8
umask 022

out=${1:?usage: build.sh OUT.qcow2}
size_mib=${GUEST_IMAGE_MIB:-2048}
suite=bookworm

# The package list of genericcloud's build, less what only a person at a prompt would miss and less
# unattended-upgrades, which would spend an emulated guest's time on a mirror that it may not reach.
packages="
  linux-image-cloud-amd64 initramfs-tools zstd
  systemd systemd-sysv init libpam-systemd dbus polkitd
  systemd-resolved systemd-timesyncd libnss-myhostname netplan.io
  udev kmod apparmor
  cloud-init cloud-guest-utils cloud-initramfs-growroot e2fsprogs fdisk gdisk util-linux-extra
  openssh-server openssh-client sudo
  iproute2 iptables iputils-ping netbase procps
  python3 openssl ca-certificates curl less
  ${GUEST_EXTRA_PACKAGES:-}"
packages=$(tr -s ' \n' '\n' <<<"$packages" | sed '/^$/d' | sort -u)

# Two may want it at once: the later one waits, and finds it made.
mkdir -p "$(dirname "$out")"
exec 9>"$out.lock"
flock 9

say() { printf 'guest image: %s (%ss)\n' "$*" "$SECONDS"; }

inputs=$(printf '%s\n' "$size_mib" "$packages" | cat - "$0" | sha256sum | cut -d' ' -f1)
if [ -s "$out" ] && [ "$(cat "$out.inputs" 2>/dev/null)" = "$inputs" ]; then
  say "$out is up to date"
  exit 0
fi
[ "$(id -u)" -eq 0 ] || { echo 'guest image: run as root' >&2; exit 1; }

# Beside the output and not in /tmp, which may be small or mounted nodev.
work=$(mktemp -d "$(dirname "$out")/.guest-image.XXXXXX")
chmod 755 "$work"
trap 'rm -rf --one-file-system "$work" "$out.part"' EXIT
root=$work/root
disk=$work/disk.raw
root_uuid=$(cat /proc/sys/kernel/random/uuid)

# --- the root file system ---------------------------------------------------------------------------------------

say "installing Debian $suite and $(wc -l <<<"$packages") named packages"
# No mirror is named: mmdebstrap knows Debian's own, with its updates and security suites.
# The initial ram disk holds the drivers of a virtio guest and no more: unpacking the usual one costs an emulated
# guest several seconds. The hook runs before the kernel's own scripts build it.
# shellcheck disable=SC2016 # the hooks' $1 is the root folder, which mmdebstrap passes
mmdebstrap --quiet --mode=root --variant=minbase \
  --include="$(paste -sd, <<<"$packages")" \
  --aptopt='Apt::Install-Recommends "false"' \
  --aptopt='Acquire::Languages "none"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' \
  --dpkgopt='path-include=/usr/share/doc/*/copyright' \
  --dpkgopt='path-exclude=/usr/share/man/*' \
  --dpkgopt='path-exclude=/usr/share/info/*' \
  --dpkgopt='path-exclude=/usr/share/locale/*' \
  --dpkgopt='force-unsafe-io' \
  --essential-hook='mkdir -p "$1/etc/initramfs-tools/conf.d"' \
  --essential-hook='printf "%s\n" MODULES=list COMPRESS=zstd FSTYPE=ext4 >"$1/etc/initramfs-tools/conf.d/virtio"' \
  --essential-hook='printf "%s\n" virtio_pci virtio_blk virtio_scsi sd_mod ext4 crc32c_generic >"$1/etc/initramfs-tools/modules"' \
  "$suite" "$root" >"$work/mmdebstrap.log" 2>&1 || {
  tail -n 40 "$work/mmdebstrap.log" >&2
  exit 1
}

say 'configuring'
put() { # PATH: writes standard input there
  mkdir -p "$(dirname "$root$1")"
  cat >"$root$1"
}

put /etc/fstab <<EOF
UUID=$root_uuid / ext4 rw,discard,errors=remount-ro,x-systemd.growfs 0 1
EOF
put /etc/cloud/cloud.cfg.d/01_debian_cloud.cfg <<'EOF'
manage_etc_hosts: true
EOF
put /etc/modprobe.d/blacklist.conf <<'EOF'
blacklist pcspkr
blacklist floppy
EOF
put /etc/default/locale <<'EOF'
LANG=C.UTF-8
EOF
# The console as in genericcloud: both, and the serial one last, so that it is /dev/console.
put /boot/grub/grub.cfg <<EOF
serial --unit=0 --speed=115200
terminal_output console serial
search --no-floppy --fs-uuid --set=root $root_uuid
linux /vmlinuz root=UUID=$root_uuid ro console=tty0 console=ttyS0,115200 earlyprintk=ttyS0,115200 consoleblank=0
initrd /initrd.img
boot
EOF

sed -i 's/^#\?PasswordAuthentication yes/PasswordAuthentication no/' "$root/etc/ssh/sshd_config"
chroot "$root" systemctl --quiet enable systemd-networkd.service systemd-resolved.service
# A fetch of package lists in the middle of a test would only be noise, and there is no LVM to scrub.
chroot "$root" systemctl --quiet mask apt-daily.timer apt-daily-upgrade.timer e2scrub_reap.service e2scrub_all.timer
# AppArmor stays on, but compiling these profiles for programs that are not there takes an emulated first boot 20 s.
mkdir -p "$root/etc/apparmor.d/disable"
for profile in lsb_release nvidia_modprobe sbin.dhclient; do
  ln -sf "/etc/apparmor.d/$profile" "$root/etc/apparmor.d/disable/$profile"
done

# A K3s without its embedded runtime (GUEST_EXTRA_PACKAGES="containerd runc containernetworking-plugins") starts
# containerd from PATH itself, looks for CNI plugins in /opt/cni/bin and, with `flannel-backend: none`, takes the
# network that it finds in /etc/cni/net.d: a bridge on the first node's pod range.
if [ -e "$root/usr/bin/containerd" ]; then
  chroot "$root" systemctl --quiet mask containerd.service
fi
if [ -d "$root/usr/lib/cni" ]; then
  mkdir -p "$root/opt/cni"
  ln -sfn /usr/lib/cni "$root/opt/cni/bin"
  put /etc/cni/net.d/10-bridge.conflist <<'EOF'
{
  "cniVersion": "0.4.0",
  "name": "bridge",
  "plugins": [
    {
      "type": "bridge", "bridge": "cni0", "isDefaultGateway": true, "ipMasq": true, "hairpinMode": true,
      "ipam": { "type": "host-local", "ranges": [[{ "subnet": "10.42.0.0/24" }]] }
    },
    { "type": "portmap", "capabilities": { "portMappings": true } }
  ]
}
EOF
fi

# Nothing that must differ between two guests, or that the first boot makes itself.
rm -f "$root"/etc/ssh/ssh_host_* "$root/var/lib/dbus/machine-id" "$root/etc/hostname"
: >"$root/etc/machine-id"
ln -sf /run/systemd/resolve/resolv.conf "$root/etc/resolv.conf"
rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/apt "$root"/var/log/*.log \
  "$root"/var/cache/debconf/*-old "$root"/var/lib/dpkg/*-old "$root"/tmp/* "$root"/var/tmp/* "$root"/run/*

# --- the disk ---------------------------------------------------------------------------------------------------

say "making the disk of a $(du -sm "$root" | cut -f1) MiB root"
# genericcloud's layout, less its EFI partition: 14 holds GRUB, and 1 comes last on the disk so that it can grow.
boot_start=2048 root_start=8192
truncate -s "${size_mib}M" "$disk"
sfdisk --quiet "$disk" <<EOF
label: gpt
14 : start=$boot_start, size=$((root_start - boot_start)), type=21686148-6449-6E6F-744E-656564454649
1 : start=$root_start, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
EOF
# Filled at its offset in the file: loop devices show no partitions where no udev runs. The last MiB is GPT's copy.
mkfs.ext4 -q -F -U "$root_uuid" -E "offset=$((root_start * 512)),lazy_itable_init=1,nodiscard" -d "$root" "$disk" \
  "$(((size_mib - 1) * 1024 - root_start / 2))k"

# GRUB without grub-install, which wants a device: the core image goes into partition 14, and the two places where
# a sector number must be known (offset 0x5c of the boot sector, the block list that ends the core's first sector)
# are filled in by hand.
grub-mkimage --format=i386-pc --output="$work/core.img" --prefix='(,gpt1)/boot/grub' \
  biosdisk part_gpt ext2 search search_fs_uuid normal configfile linux serial terminal test boot
le64() { # NUMBER: eight bytes, little end first
  local number=$1
  for _ in 1 2 3 4 5 6 7 8; do
    printf '%b' "$(printf '\\x%02x' $((number & 255)))"
    number=$((number >> 8))
  done
}
poke() { dd of="$1" bs=1 seek="$2" conv=notrunc status=none; } # FILE OFFSET
cp /usr/lib/grub/i386-pc/boot.img "$work/boot.img"
le64 "$boot_start" | poke "$work/boot.img" $((0x5c))
le64 $((boot_start + 1)) | poke "$work/core.img" $((0x1f4))
# 440 bytes: what follows them in the first sector is the partition table's.
head -c 440 "$work/boot.img" | poke "$disk" 0
dd if="$work/core.img" of="$disk" bs=512 seek="$boot_start" conv=notrunc status=none

say 'compressing'
qemu-img convert -c -O qcow2 -o compression_type=zstd -W -m 2 "$disk" "$out.part"
chmod 644 "$out.part"
# The image first: a crash in between leaves an image with old inputs, which is built again.
mv "$out.part" "$out"
echo "$inputs" >"$out.inputs"
say "$out: $(du -m "$out" | cut -f1) MiB"
