#!/bin/sh
# Runs once in the guest, from the read-only payload disk: puts K3s in place and starts it.
# Safe to run again: every step overwrites what a broken-off run left.
set -eu

payload=$(dirname "$0")
state=/var/lib/k3s-vm
mkdir -p "$state"
exec >>"$state/provision.log" 2>&1

fail() {
  printf '%s\n' "$1" >"$state/failed"
  exit 1
}
rm -f "$state/failed"
trap 'status=$?; [ $status -eq 0 ] || [ -e "$state/failed" ] || fail "provision.sh ended with status $status: $(tail -n 1 "$state/provision.log")"' EXIT

echo "$(date -Is) installing K3s from the payload disk"

images=/var/lib/rancher/k3s/agent/images
mkdir -p "$images"
for archive in "$payload"/airgap-images.*; do
  [ -e "$archive" ] || continue
  cp "$archive" "$images/k3s-$(basename "$archive").part" || fail "no room for K3s' container images"
  mv "$images/k3s-$(basename "$archive").part" "$images/k3s-$(basename "$archive")"
done

# Written beside its place and renamed: a running binary cannot be overwritten, and half a copy is never run.
cp "$payload/k3s" /usr/local/bin/k3s.part || fail "no room for the K3s binary"
chmod 0755 /usr/local/bin/k3s.part
mv /usr/local/bin/k3s.part /usr/local/bin/k3s

INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_SKIP_SELINUX_RPM=true INSTALL_K3S_SKIP_START=true \
  sh "$payload/install.sh" || fail "the K3s install script failed: $(tail -n 1 "$state/provision.log")"

date -Is >"$state/provisioned"
systemctl start --no-block k3s
echo "$(date -Is) done"
