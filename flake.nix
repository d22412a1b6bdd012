{
  description = "One K3s cluster in one libvirt virtual machine, per project";

  inputs.nixpkgs.url = "github:NixOS/nixpkgs/nixos-unstable";

  outputs =
    { self, nixpkgs }:
    let
      each =
        f:
        nixpkgs.lib.genAttrs [
          "x86_64-linux"
          "aarch64-linux"
        ] (system: f nixpkgs.legacyPackages.${system} self.packages.${system});
    in
    {
      packages = each (
        pkgs: _: rec {
          k3s-vm = pkgs.callPackage ./nix/package.nix { };
          default = k3s-vm;
        }
      );

      apps = each (
        _: own: {
          default = {
            type = "app";
            program = "${own.k3s-vm}/bin/k3s-vm";
          };
        }
      );

      overlays.default = final: _prev: { k3s-vm = final.callPackage ./nix/package.nix { }; };

      nixosModules.default.imports = [ ./nix/module.nix ];

      # For work on k3s-vm itself
      devShells = each (
        pkgs: _: {
          default = pkgs.mkShell {
            packages = with pkgs; [
              nodejs
              libvirt
              qemu_kvm
              openssh
              util-linux
              kubectl
              k9s
              electron
              chromium
              shellcheck
            ];
            ELECTRON_OVERRIDE_DIST_PATH = "${pkgs.electron}/bin";
            ELECTRON_SKIP_BINARY_DOWNLOAD = "1";
            PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD = "1";
          };
        }
      );

      checks = each (_: own: { inherit (own) k3s-vm; });
    };
}
