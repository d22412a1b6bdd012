# Has the root file system fill the disk, which grows with the setting. Runs at every boot, beside everything else.
set -eu

# Only a partition can simply grow.
device=$(findmnt -n -o SOURCE /)
partition=$(basename "$(readlink -f "$device")")
[ -e "/sys/class/block/$partition/partition" ] || exit 0
disk=$(basename "$(readlink -f "/sys/class/block/$partition/..")")
read -r start <"/sys/class/block/$partition/start"
read -r sectors <"/sys/class/block/$partition/size"
read -r all <"/sys/class/block/$disk/size"
# GPT's copy at the end takes 33 sectors, and alignment up to 1 MiB more.
[ $((start + sectors + 8192)) -lt "$all" ] || exit 0
read -r number <"/sys/class/block/$partition/partition"
growpart "/dev/$disk" "$number"
case $(findmnt -n -o FSTYPE /) in
  ext*) resize2fs "/dev/$partition" ;;
  xfs) xfs_growfs / ;;
  btrfs) btrfs filesystem resize max / ;;
esac
