# What flake.nix and programs.k3s-vm come to: nix-instantiate --eval --strict --json e2e/nix/evaluate.nix -A configurations.disabled
# With --arg lib 'import PATH/TO/nixpkgs/lib' nixpkgs' own module system evaluates it.
{
  lib ? import ./nixpkgs/lib.nix,
  system ? "x86_64-linux",
}:
let
  packagesFor = system: import ./nixpkgs/pkgs.nix { inherit system lib; };
  pkgs = packagesFor system;
  flake = (import ../../flake.nix).outputs {
    self = flake;
    nixpkgs = {
      inherit lib;
      legacyPackages = lib.genAttrs [ "x86_64-linux" "aarch64-linux" ] packagesFor;
    };
  };
  configuration =
    settings: others:
    (lib.evalModules {
      modules = [ ./nixos-options.nix flake.nixosModules.default { config.programs.k3s-vm = settings; } { config = others; } ];
      specialArgs = { inherit pkgs; };
    }).config;
  view = config: {
    libvirt = config.virtualisation.libvirtd.enable;
    polkit = config.security.polkit.enable;
    qemu = config.virtualisation.libvirtd.qemu.package.name;
    members = config.users.groups.libvirtd.members or null;
    packages = map (package: package.name) config.environment.systemPackages;
    firewall = config.networking.firewall.interfaces;
    forward = config.networking.firewall.extraForwardRules;
    # Whether the package knows of an Electron
    window = map (package: builtins.length (builtins.split "/electron/bin" package.installPhase) > 1) config.environment.systemPackages;
    inherit (config.programs.k3s-vm) electron;
    network = config.systemd.services.k3s-vm-network.script or null;
  };
  check = settings: view (configuration settings { });
in
{
  configurations = {
    disabled = check { };
    usual = view (configuration { enable = true; users = [ "ada" ]; } {
      users.groups.libvirtd.members = [ "bob" ];
      networking.firewall.filterForward = true;
    });
    other = check { enable = true; network = "default"; openFirewall = false; electron = false; };
    both = check { enable = true; network = "default"; };
  };
  # Each must be refused
  mistakes = {
    enable = check { enable = "yes"; };
    network = check { enable = true; network = "bridge"; };
    users = check { enable = true; users = "ada"; };
    package = check { enable = true; package = "k3s-vm"; };
    openFirewall = check { enable = true; openFirewall = [ 53 ]; };
    electron = check { enable = true; electron = null; };
    unknown = check { enable = true; memory = 4; };
  };
  outputs = builtins.mapAttrs (_: builtins.attrNames) { inherit (flake) packages apps overlays nixosModules devShells checks; };
  overlay = (flake.overlays.default pkgs pkgs).k3s-vm.name;
  package = flake.packages.${system}.default;
}
