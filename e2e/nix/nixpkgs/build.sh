# shellcheck shell=bash disable=SC2154 # src, out and the phases come from the derivation
# A stdenv in small: unpack, build, install, check, with the tools of this machine.
set -eu
export PATH=/usr/local/bin:/usr/bin:/bin HOME=$NIX_BUILD_TOP TMPDIR=$NIX_BUILD_TOP
unset NODE_EXTRA_CA_CERTS

runHook() { :; }
patchShebangs() { :; }

# What nix/package.nix asks of it
makeWrapper() {
  program=$1 wrapper=$2
  shift 2
  mkdir -p "${wrapper%/*}"
  {
    echo '#!/bin/bash -e'
    while [ $# -gt 0 ]; do
      case $1 in
      --set-default) echo "export $2=\"\${$2-$3}\"" && shift 3 ;;
      --prefix) echo "export $2='$4'\${$2:+$3\$$2}" && shift 4 ;;
      --suffix) echo "export $2=\${$2:+\$$2$3}'$4'" && shift 4 ;;
      --run) echo "$2" && shift 2 ;;
      *) echo "makeWrapper: $1?" >&2 && exit 1 ;;
      esac
    done
    echo "exec '$program' \"\$@\""
  } >"$wrapper"
  chmod +x "$wrapper"
}

# --cmd NAME --bash FILE --zsh FILE --fish FILE
installShellCompletion() {
  install -Dm644 "$4" "$out/share/bash-completion/completions/$2.bash"
  install -Dm644 "$6" "$out/share/zsh/site-functions/_$2"
  install -Dm644 "$8" "$out/share/fish/vendor_completions.d/$2.fish"
}

installManPage() {
  for page; do install -Dm644 "$page" "$out/share/man/man${page##*.}/$(basename "$page")"; done
}

cp -r "$src" source
chmod -R u+w source
cd source
for phase in "$buildPhase" "$installPhase" "${installCheckPhase:-}"; do eval "$phase"; done
