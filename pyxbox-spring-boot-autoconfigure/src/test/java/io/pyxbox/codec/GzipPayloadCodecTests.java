package io.pyxbox.codec;

import io.pyxbox.PayloadCodec;

class GzipPayloadCodecTests extends CompressingPayloadCodecContract {

	@Override
	PayloadCodec create(long threshold) {
		return new GzipPayloadCodec(threshold);
	}

}
