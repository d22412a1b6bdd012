#!/bin/sh
# Installs from Debian's packages what the real-VM suite needs, with `browser` what the dashboard's specs need, with
# `unit` what unit tests run that is not on every machine, with `nix` Nix, or with
# `packages` what the deb is tried in. Run as root; safe and quick to run again.
set -eu

case ${1:-vm} in
vm)
  # fdisk (sfdisk), e2fsprogs and GRUB's tools are for the guest image, which is built without loop devices;
  # python3 is not needed on the host. polkitd is left out on purpose: libvirt.sh has root or the libvirt group ask.
  packages='
    libvirt-daemon-system libvirt-clients dnsmasq-base iptables iproute2
    qemu-system-x86 qemu-utils
    mmdebstrap debian-archive-keyring e2fsprogs fdisk grub-common grub-pc-bin zstd
    openssh-client util-linux passwd procps'
  # Another package may carry kubectl, and dpkg fails when two do: ask for the command, not for the package.
  command=kubectl provider=kubernetes-client
  ;;
browser)
  packages='fonts-dejavu-core'
  command=chromium provider=chromium
  ;;
unit)
  packages='fish zsh qemu-system-x86 qemu-system-arm python3-yaml nix-bin'
  command=isoinfo provider=genisoimage
  ;;
packages)
  packages='debian-archive-keyring'
  command=mmdebstrap provider=mmdebstrap
  ;;
nix)
  packages=''
  command=nix-instantiate provider=nix-bin
  ;;
*)
  echo "usage: $0 [vm|browser|unit|nix|packages]" >&2
  exit 2
  ;;
esac

missing() {
  for package in $packages; do
    status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
    [ "$status" = installed ] || printf '%s ' "$package"
  done
  command -v "$command" >/dev/null 2>&1 || printf '%s ' "$provider"
}

# One dpkg-query for all packages is the quick answer; the loop above only names what is missing.
all_installed() {
  command -v "$command" >/dev/null 2>&1 || return 1
  # shellcheck disable=SC2086 # a list of words
  set -- $packages
  found=$(dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed) || return 1
  [ "$found" -ge "$#" ]
}

if all_installed; then
  echo 'e2e host: everything is installed'
  exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
  echo "e2e host: run as root, or install: $(missing)" >&2
  exit 1
fi
# apt waits for no other apt that reads the package lists
exec 9>/tmp/k3s-vm-e2e-install.lock
flock 9
wanted=$(missing)
[ -n "$wanted" ] || exit 0

echo "e2e host: installing $wanted"
export DEBIAN_FRONTEND=noninteractive
log=$(mktemp)
trap 'rm -f "$log"' EXIT
# Two suites may start at once: wait for the other one's lock rather than fail.
apt() {
  apt-get -qq -o DPkg::Lock::Timeout=600 "$@" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    return 1
  }
}
# A third party's package list that cannot be read must not stop Debian's from being used.
apt update || echo 'e2e host: apt-get update reported errors, going on with the lists there are' >&2
# shellcheck disable=SC2086 # a list of words
apt install -y --no-install-recommends $wanted
echo 'e2e host: installed'
