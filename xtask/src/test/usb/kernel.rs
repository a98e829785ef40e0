//! Debian's kernel for the virtual machine, from its package, which is unpacked and not
//! installed: the kernel itself, and a first root with the modules that lead to the real
//! one. Kept in `target/usb/` until Debian has another.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::{
    console,
    error::{Error, Result},
    files, packages, process,
};

/// The package that always depends on the newest kernel. The one for clouds has neither
/// USB nor 9p.
const NEWEST: &str = "linux-image-amd64";

/// Modules in the order in which they are loaded: the disk (9p), the network, the root
/// (overlay), USB.
const MODULES: [&str; 17] = [
    "drivers/virtio/virtio_ring",
    "drivers/virtio/virtio",
    "drivers/virtio/virtio_pci_modern_dev",
    "drivers/virtio/virtio_pci_legacy_dev",
    "drivers/virtio/virtio_pci",
    "net/core/failover",
    "drivers/net/net_failover",
    "drivers/net/virtio_net",
    "fs/netfs/netfs",
    "fs/fscache/fscache",
    "net/9p/9pnet",
    "fs/9p/9p",
    "net/9p/9pnet_virtio",
    "fs/overlayfs/overlay",
    "drivers/usb/common/usb-common",
    "drivers/usb/core/usbcore",
    "drivers/usb/usbip/usbip-core",
];

/// The last of them: what takes a connection for a USB port.
const VHCI: &str = "drivers/usb/usbip/vhci-hcd";

/// Debian's static busybox, the only program of the first root.
const BUSYBOX: &str = "/bin/busybox";

/// Changes whenever this makes something else of the same package.
const PIPELINE: &str = "1";

/// What QEMU starts.
#[derive(Debug)]
pub(super) struct Kernel {
    /// Unpacked, which saves it from unpacking itself without a real processor.
    pub(super) image: PathBuf,
    /// The first root.
    pub(super) initramfs: PathBuf,
}

impl Kernel {
    /// Takes the kernel that is there if it is Debian's newest, else makes it.
    ///
    /// # Errors
    /// When there is no package, or it is not as it was.
    pub(super) fn prepare() -> Result<Self> {
        let folder = files::target().join("usb");
        let kernel = Self {
            image: folder.join("vmlinux"),
            initramfs: folder.join("initramfs.gz"),
        };
        let package = Package::newest()?;
        let init = files::root().join("xtask/usb/init");
        let made_from = [
            package.description.as_bytes(),
            &files::read(&init)?,
            PIPELINE.as_bytes(),
        ];
        let (stamp, hash) = (folder.join("stamp"), files::hash(made_from.concat()));
        if files::is_done(&stamp, &hash) {
            console::note(&format!("{}, as before", package.name));
            return Ok(kernel);
        }
        files::remove_folder(&folder)?;
        files::make_folder(&folder)?;
        let archive = package.download(&folder)?;
        let unpacked = folder.join("unpacked");
        package.unpack(&archive, &unpacked)?;
        let packed = files::read(&unpacked.join("boot").join(package.file_name()))?;
        files::write(&kernel.image, image(&packed)?)?;
        make_initramfs(&package, &unpacked, &init, &kernel.initramfs)?;
        files::remove_folder(&unpacked)?;
        files::remove(&archive)?;
        files::write(&stamp, hash)?;
        Ok(kernel)
    }
}

/// A package of a kernel.
struct Package {
    name: String,
    /// What apt knows of it: version and hash, among others.
    description: String,
}

impl Package {
    fn newest() -> Result<Self> {
        if let Some(package) = Self::known()? {
            return Ok(package);
        }
        packages::update()?;
        Self::known()?.ok_or_else(|| Error::Said(format!("apt knows no {NEWEST}")))
    }

    fn known() -> Result<Option<Self>> {
        let depends = process::read(Command::new("apt-cache").args(["depends", NEWEST]))?;
        let Some(name) = depends.lines().find_map(kernel_of) else {
            return Ok(None);
        };
        let description =
            process::read(Command::new("apt-cache").args(["show", "--no-all-versions", name]))?;
        Ok(Some(Self {
            name: name.to_owned(),
            description,
        }))
    }

    /// The release, as the kernel says it.
    fn release(&self) -> &str {
        self.name.trim_start_matches("linux-image-")
    }

    fn file_name(&self) -> String {
        format!("vmlinuz-{}", self.release())
    }

    fn download(&self, folder: &Path) -> Result<PathBuf> {
        console::note(&format!("downloading {}", self.name));
        let download = || {
            let mut command = Command::new("apt-get");
            command.args(["download", "-q", &self.name]);
            process::run(command.current_dir(folder).stdout(Stdio::null()))
        };
        // The lists may be older than what the archive still has.
        download().or_else(|_| packages::update().and_then(|()| download()))?;
        let entries = fs::read_dir(folder).map_err(Error::file(folder))?;
        entries
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| path.extension().is_some_and(|end| end == "deb"))
            .ok_or_else(|| Error::Said(format!("apt-get did not download {}", self.name)))
    }

    /// Of 400 MB, what is needed.
    fn unpack(&self, archive: &Path, folder: &Path) -> Result<()> {
        files::make_folder(folder)?;
        let mut wanted = vec![format!("./boot/{}", self.file_name())];
        wanted.extend(modules().map(|module| format!("./{}", self.module(module))));
        process::run(
            Command::new("sh")
                .args([
                    "-c",
                    "dpkg-deb --fsys-tarfile \"$1\" | { shift; tar -x \"$@\"; }",
                ])
                .arg("unpack")
                .arg(archive)
                .args(wanted)
                .current_dir(folder),
        )
    }

    fn module(&self, module: &str) -> String {
        format!("lib/modules/{}/kernel/{module}.ko", self.release())
    }
}

fn modules() -> impl Iterator<Item = &'static str> {
    MODULES.into_iter().chain([VHCI])
}

/// The kernel that a line of `apt-cache depends` names.
fn kernel_of(line: &str) -> Option<&str> {
    let name = line.trim().strip_prefix("Depends: ")?;
    let release = name.strip_prefix("linux-image-")?;
    release
        .starts_with(|c: char| c.is_ascii_digit())
        .then_some(name)
}

/// The kernel that unpacks itself holds the kernel, packed with xz.
fn image(packed: &[u8]) -> Result<Vec<u8>> {
    const XZ: &[u8] = b"\xFD7zXZ\0";
    const ELF: &[u8] = b"\x7FELF";
    let starts = packed.windows(XZ.len()).enumerate();
    for (start, _) in starts.filter(|(_, bytes)| *bytes == XZ) {
        let rest = packed.get(start..).unwrap_or_default();
        if let Some(image) = unpack_xz(rest)?.filter(|image| image.starts_with(ELF)) {
            return Ok(image);
        }
    }
    Err(Error::Said(
        "there is no kernel packed with xz in it".into(),
    ))
}

/// The first stream, if it is one.
fn unpack_xz(packed: &[u8]) -> Result<Option<Vec<u8>>> {
    let folder = files::target().join("usb");
    let file = folder.join("stream.xz");
    files::write(&file, packed)?;
    let mut command = Command::new("xz");
    command
        .args(["--decompress", "--stdout", "--single-stream"])
        .arg(&file)
        .stderr(Stdio::null());
    let output = command.output().map_err(process::start(&command))?;
    files::remove(&file)?;
    Ok(output.status.success().then_some(output.stdout))
}

fn make_initramfs(package: &Package, unpacked: &Path, init: &Path, to: &Path) -> Result<()> {
    let root = unpacked.join("root");
    for folder in ["proc", "sys", "dev", "lower", "rw", "root"] {
        files::make_folder(&root.join(folder))?;
    }
    let copy = |from: &Path, to: &str| files::write(&root.join(to), files::read(from)?);
    copy(Path::new(BUSYBOX), "bin/busybox")?;
    copy(init, "init")?;
    let mut order = String::new();
    for module in modules() {
        let name = module.rsplit('/').next().unwrap_or(module);
        copy(
            &unpacked.join(package.module(module)),
            &format!("modules/{name}.ko"),
        )?;
        order.push_str(name);
        order.push_str(".ko\n");
    }
    files::write(&root.join("modules/order"), order)?;
    process::run(
        Command::new("sh")
            .args([
                "-c",
                "chmod 755 init bin/busybox && find . | busybox cpio -o -H newc | gzip -1 >\"$1\"",
                "pack",
            ])
            .arg(to)
            .current_dir(&root)
            .stderr(Stdio::null()),
    )
}

#[cfg(test)]
mod tests {
    use super::kernel_of;

    #[test]
    fn the_kernel_is_what_the_newest_depends_on() {
        let said = "linux-image-amd64\n  Depends: linux-image-6.1.0-56-amd64\n";
        let found: Vec<&str> = said.lines().filter_map(kernel_of).collect();
        assert_eq!(found, ["linux-image-6.1.0-56-amd64"]);
        assert_eq!(kernel_of("  Depends: linux-image-rt-amd64"), None);
    }
}
