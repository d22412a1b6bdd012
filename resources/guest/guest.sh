# Makes the guest what its seed disk says it is, once. Runs at every boot, before network, SSH and K3s, and at the end of
# the provisioning. Few processes: all else waits for it.
set -eu
state=/var/lib/k3s-vm
seed=/run/k3s-vm/seed
[ ! -e "$state/identity" ] || exit 0

mkdir -p "$seed"
[ -e "$seed/identity.tar" ] || mount -o ro LABEL=cidata "$seed"
# The network of a guest that was not generalised is cloud-init's.
set --
[ -e "$state/generalised" ] || set -- --exclude=etc/systemd/network/05-k3s-vm.network
tar -C / -xf "$seed/identity.tar" --no-overwrite-dir --touch "$@"
umount "$seed"

read -r name </etc/hostname
echo "$name" >/proc/sys/kernel/hostname
if command -v restorecon >/dev/null; then
  restorecon -RF /etc/hostname /etc/hosts /etc/ssh /etc/systemd/network /etc/rancher /home/k3s-vm/.ssh
fi
: >"$state/identity"
