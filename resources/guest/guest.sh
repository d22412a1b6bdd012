# Makes the guest what its seed disk says it is: its identity once, its address whenever that has changed, as it does when the
# network moves to another subnet. Runs at every boot, before network, SSH and K3s, and at the end of the provisioning. It
# starts few processes, because everything else waits for it.
set -eu
state=/var/lib/k3s-vm
seed=/run/k3s-vm/seed
network=/etc/systemd/network/05-k3s-vm.network

mkdir -p "$seed"
if [ ! -e "$seed/network" ] && ! mount -o ro LABEL=cidata "$seed"; then
  # A guest that has its identity comes up without its seed, too.
  [ -e "$state/identity" ] || exit 1
  exit 0
fi
changed=
if [ ! -e "$state/identity" ]; then
  # The network of a guest that was not generalised is cloud-init's.
  set --
  [ -e "$state/generalised" ] || set -- --exclude=etc/systemd/network/05-k3s-vm.network
  tar -C / -xf "$seed/identity.tar" --no-overwrite-dir --touch "$@"
  cp "$seed/network" "$state/network"
  changed="/etc/hostname /etc/hosts /etc/ssh /etc/systemd/network /etc/rancher /home/k3s-vm/.ssh"
elif [ -e "$state/network" ] && ! cmp -s "$seed/network" "$state/network"; then
  # systemd-networkd takes the first file that fits: this one stands before what netplan wrote for cloud-init.
  install -m 0644 "$seed/network" "$network"
  address() { sed -n 's/^Address=\([0-9.]*\).*/\1/p' "$1"; }
  old=$(address "$state/network" | sed 's/[.]/[.]/g')
  sed -i "s/\\b$old\\b/$(address "$seed/network")/g" /etc/rancher/k3s/config.yaml
  # Written last: until then the next boot does all of this again.
  cp "$seed/network" "$state/network.part"
  mv "$state/network.part" "$state/network"
  changed="/etc/systemd/network /etc/rancher"
fi
umount "$seed"
[ -n "$changed" ] || exit 0

read -r name </etc/hostname
echo "$name" >/proc/sys/kernel/hostname
if command -v restorecon >/dev/null; then
  restorecon -RF $changed
fi
: >"$state/identity"
