{
  lib,
  stdenv,
  callPackage,
  installShellFiles,
  makeWrapper,
  nodejs,
  electron,
  iproute2,
  k9s,
  kubectl,
  libvirt,
  openssh,
  qemu_kvm,
  util-linux,
  xdg-utils,
  # Whether the dashboard has a window of its own; without, it is a page in the browser
  withElectron ? true,
}:

let
  inherit (builtins.fromJSON (builtins.readFile ../package.json)) version description;
  nodeModules = callPackage ./node-modules.nix { };
  root = toString ../.;
  sources = [
    "bin"
    "build.mjs"
    "main"
    "package.json"
    "preload"
    "renderer"
    "resources"
    "tsconfig.json"
  ];
in
stdenv.mkDerivation {
  pname = "k3s-vm";
  inherit version;

  src = builtins.path {
    path = ../.;
    name = "k3s-vm-source";
    filter =
      path: _type: lib.any (name: path == "${root}/${name}" || lib.hasPrefix "${root}/${name}/" path) sources;
  };

  nativeBuildInputs = [
    installShellFiles
    makeWrapper
    nodejs
  ];

  dontConfigure = true;
  # V8's code cache differs from build to build, so it is left out
  buildPhase = ''
    runHook preBuild
    export HOME=$TMPDIR
    cp -r ${nodeModules}/node_modules .
    node build.mjs
    rm dist/cli/*.cache
    runHook postBuild
  '';

  # The PATH has our node first, since the programs were built for it; the others come last, so that a client of the system's
  # own libvirt, which fits its daemon, goes before ours. What outlives a command (the start at login) is told a path that the
  # next garbage collection leaves alone, where this very program has one.
  installPhase = ''
    runHook preInstall

    app=$out/share/k3s-vm
    mkdir -p $app/resources $out/share/applications
    cp -r bin dist package.json $app/
    cp -r resources/icons $app/resources/
    patchShebangs $app/bin

    makeWrapper $app/bin/k3s-vm $out/bin/k3s-vm \
      --set-default K3S_VM_COMMAND k3s-vm \
      --run '[ -n "''${K3S_VM_PROGRAM-}" ] || for program in "$HOME/.nix-profile/bin/k3s-vm" "/etc/profiles/per-user/$USER/bin/k3s-vm" /run/current-system/sw/bin/k3s-vm; do if [ "$program" -ef "$0" ]; then export K3S_VM_PROGRAM=$program; fi; done' \
      --set-default K3S_VM_PROGRAM $out/bin/k3s-vm \
      --prefix PATH : ${lib.makeBinPath [ nodejs ]} \
      --suffix PATH : ${
        lib.makeBinPath [
          iproute2
          k9s
          kubectl
          libvirt
          openssh
          qemu_kvm
          util-linux
          xdg-utils
        ]
      } ${lib.optionalString withElectron "--set-default ELECTRON_OVERRIDE_DIST_PATH ${electron}/bin"}

    # dist/share is laid out as Debian has it
    share=$app/dist/share
    installManPage $share/man/man1/*
    installShellCompletion --cmd k3s-vm \
      --bash $share/bash-completion/completions/k3s-vm \
      --zsh $share/zsh/vendor-completions/_k3s-vm \
      --fish $share/fish/vendor_completions.d/k3s-vm.fish
    rm -r $share

    for size in 16 24 32 48 64 128 256 512; do
      install -Dm644 resources/icons/''${size}x$size.png $out/share/icons/hicolor/''${size}x$size/apps/k3s-vm.png
    done
    cat > $out/share/applications/k3s-vm-dashboard.desktop <<DESKTOP
    [Desktop Entry]
    Type=Application
    Name=k3s-vm
    GenericName=Local Kubernetes
    Comment=${description}
    Exec=k3s-vm dashboard
    Icon=k3s-vm
    Categories=Development;
    Keywords=kubernetes;k3s;cluster;libvirt;
    DESKTOP

    runHook postInstall
  '';

  # Everything that runs is bundled
  disallowedReferences = [ nodeModules ];

  doInstallCheck = true;
  installCheckPhase = ''
    runHook preInstallCheck
    test "$(HOME=$TMPDIR $out/bin/k3s-vm --version)" = "k3s-vm ${version}"
    runHook postInstallCheck
  '';

  passthru = { inherit nodeModules; };

  meta = {
    inherit description;
    license = lib.licenses.mit;
    mainProgram = "k3s-vm";
    platforms = [
      "x86_64-linux"
      "aarch64-linux"
    ];
  };
}
