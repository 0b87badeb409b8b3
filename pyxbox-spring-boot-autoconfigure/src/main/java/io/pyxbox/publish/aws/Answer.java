package io.pyxbox.publish.aws;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;

import org.jspecify.annotations.Nullable;

/**
 * What came of a request.
 *
 * @param <R> what the service takes
 * @param request the request
 * @param receipts what became of its records
 * @param failure why that is not known
 */
record Answer<R>(Request<R> request, @Nullable List<Receipt> receipts, @Nullable Throwable failure) {

	/** Those that were not taken, and why. */
	Map<Sending<R>, Refusal> refusals() {
		List<Sending<R>> sent = this.request.sendings();
		Map<Sending<R>, Refusal> refusals = new HashMap<>();
		if (this.receipts == null || this.receipts.size() != sent.size()) {
			Refusal ofAll = Refusal.of(cause(), sent.size());
			sent.forEach((sending) -> refusals.put(sending, ofAll));
			return refusals;
		}
		for (int i = 0; i < sent.size(); i++) {
			if (this.receipts.get(i).code() != null) {
				refusals.put(sent.get(i), Refusal.of(this.receipts.get(i)));
			}
		}
		return refusals;
	}

	private Throwable cause() {
		if (this.failure instanceof CompletionException && this.failure.getCause() != null) {
			return this.failure.getCause();
		}
		return (this.failure != null) ? this.failure : new IllegalStateException("An answer for each of "
				+ this.request.sendings().size() + " records was expected, but there are " + this.receipts);
	}

}
