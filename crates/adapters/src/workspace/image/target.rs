//! For which kind of machine an image is put together. Nothing of it is run, so it need not be the one
//! that builds it.

use tollgate_image::oci::Platform;
use tollgate_image::python::Machine;
use tollgate_model::ImagePlatform;

pub(super) fn machine(of: ImagePlatform) -> Machine {
    match of {
        ImagePlatform::Amd64 => Machine::X86_64,
        ImagePlatform::Arm64 => Machine::Aarch64,
    }
}

pub(super) fn in_oci(of: ImagePlatform) -> Platform {
    let architecture = of.architecture().to_owned();
    Platform { architecture, os: "linux".to_owned(), variant: None }
}
