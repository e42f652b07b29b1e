//! QR codes as images.

use crate::{Error, Result};
use png::{BitDepth, ColorType, Encoder};
use qrcodegen::{QrCode, QrCodeEcc};

/// Pixels of one module, and modules of white around the code, as the standard asks for.
const SCALE: usize = 5;
const QUIET: usize = 4;

/// A PNG image of the QR code of `text`.
pub fn png(text: &str) -> Result<Vec<u8>> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium)
        .map_err(|_| Error::invalid("the account's name is too long for a QR code"))?;
    let modules = usize::try_from(code.size()).unwrap_or_default();
    let side = (modules + 2 * QUIET) * SCALE;
    let mut pixels = vec![u8::MAX; side * side];
    for (at, pixel) in pixels.iter_mut().enumerate() {
        // Outside the code every module is light.
        if code.get_module(module(at % side), module(at / side)) {
            *pixel = 0;
        }
    }
    encode(side, &pixels).map_err(|error| Error::Invalid(format!("QR code: {error}")))
}

fn module(pixel: usize) -> i32 {
    i32::try_from(pixel / SCALE).unwrap_or_default() - QUIET as i32
}

fn encode(side: usize, pixels: &[u8]) -> Result<Vec<u8>, png::EncodingError> {
    let mut image = Vec::new();
    let side = u32::try_from(side).unwrap_or_default();
    let mut encoder = Encoder::new(&mut image, side, side);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(pixels)?;
    writer.finish()?;
    Ok(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_with_a_finder_in_its_corner() {
        let image = png("otpauth://totp/x?secret=GEZDGNBVGY3TQOJQ").unwrap();
        let mut reader = png::Decoder::new(std::io::Cursor::new(&image)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        assert_eq!(info.width, info.height);
        let dark =
            |x: usize, y: usize| pixels[(y + QUIET) * SCALE * info.width as usize + (x + QUIET) * SCALE] == 0;
        assert!((0..7).all(|at| dark(at, 0) && dark(0, at)) && !dark(1, 1) && dark(3, 3) && !dark(7, 7));
        assert!(pixels[..info.width as usize].iter().all(|pixel| *pixel == u8::MAX));
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert!(png(&"x".repeat(10_000)).is_err());
    }
}
