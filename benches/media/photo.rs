//! Photos to measure with: about as hard to compress as real ones.

use crate::Failure;

/// Waves of several lengths and a little noise, as a JPEG of quality 90 with halved colours.
pub fn photo(width: u16, height: u16, seed: u32) -> Result<Vec<u8>, Failure> {
    let mut seed = seed.wrapping_mul(0x9e37_79b9) | 1;
    let mut pixels = Vec::with_capacity(usize::from(width) * usize::from(height) * 3);
    let wave = |length: f32| -> Vec<f32> {
        (0..width.max(height)).map(|place| (f32::from(place) / length).sin()).collect()
    };
    let (long, middle, short) = (wave(700.0), wave(60.0), wave(7.0));
    for row in 0..usize::from(height) {
        for column in 0..usize::from(width) {
            seed ^= seed << 13;
            seed ^= seed >> 17;
            seed ^= seed << 5;
            let noise = f32::from(u8::try_from(seed >> 24)?) / 12.0 - 10.6;
            let light = 128.0 + 60.0 * long[column] * long[row] + 25.0 * middle[column] * short[row] + noise;
            let tint = 30.0 * long[row];
            for sample in [light + tint, light, light - tint] {
                #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped")]
                pixels.push(sample.clamp(0.0, 255.0) as u8);
            }
        }
    }
    let mut file = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut file, 90);
    encoder.set_sampling_factor(jpeg_encoder::SamplingFactor::R_4_2_0);
    encoder.encode(&pixels, width, height, jpeg_encoder::ColorType::Rgb)?;
    Ok(file)
}
