# Runs in the guest at its first boot from a plain cloud image, started by cloud-init (bootcmd), from the payload disk.
# Meanwhile cloud-init brings up the network, the host name and our user; we do everything else.
set -eu
payload=$(dirname "$0")
run=/run/k3s-vm
mkdir -p "$run/seed"
mount -o ro LABEL=cidata "$run/seed"

# sshd gets its host key in memory: as long as a golden image may be made of this disk, no secret is written to it.
rm -f /etc/ssh/ssh_host_*
for key in ssh_host_ed25519_key ssh_host_ed25519_key.pub; do
  install -m 0600 "$run/seed/$key" "$run/$key"
  ln -s "$run/$key" "/etc/ssh/$key"
done
chcon -t sshd_key_t "$run"/ssh_host_* 2>/dev/null || :

# We need nothing from cloud-init's later stages, whose four Python starts take an emulated guest longer than its kernel.
systemctl stop --no-block cloud-config.service cloud-final.service || :
systemd-run --quiet --no-block --unit=k3s-vm-provision --property=Type=oneshot \
  --property='After=cloud-init.service cloud-init-network.service' sh "$payload/provision.sh"
touch "$run/provisioning"
