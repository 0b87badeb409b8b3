package io.pyxbox.dispatch;

import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;

import javax.sql.DataSource;

import io.pyxbox.scenario.Counted;
import io.pyxbox.store.ClaimRequest;
import io.pyxbox.store.ConsumerStore;
import io.pyxbox.store.EventTable;
import io.pyxbox.store.KnownConsumers;
import io.pyxbox.store.LaneStore;
import io.pyxbox.store.SettlementStore;
import io.pyxbox.store.StoredEvent;
import io.pyxbox.store.TableObserver;

/**
 * The library's own way, put together as its cycles do.
 */
final class CarefulClaims implements Claims {

	private final StubTarget target = StubTarget.named("careful");

	private final LaneState lane = this.target.lane(ClaimSchedule.BUCKET);

	private final Watermark watermark = new Watermark();

	private final LaneStore lanes;

	private final SettlementStore settlements;

	private final TableObserver observer;

	private final DataSource dataSource;

	private final Connection connection;

	private ClaimRequest request;

	private long settledBefore;

	private ChunkRecord record;

	CarefulClaims(EventTable table, DataSource dataSource, Connection connection) {
		this.lanes = new LaneStore(table);
		this.settlements = new SettlementStore(table, new KnownConsumers(new ConsumerStore(table),
				Map.of(this.target.consumer(), this.target.subscription())));
		this.observer = new TableObserver(table);
		this.dataSource = dataSource;
		this.connection = connection;
	}

	@Override
	public void look() throws SQLException {
		try (Connection outside = this.dataSource.getConnection()) {
			this.watermark.offer(this.observer.sampleWriters(outside));
		}
	}

	@Override
	public List<Counted> claim() throws SQLException {
		this.settledBefore = this.watermark.settled();
		this.request = this.lane.nextRequest(Integer.MAX_VALUE, null);
		this.record = new ChunkRecord(this.target, this.lanes.claim(this.connection, this.request));
		return this.record.claim().events().stream().map(CarefulClaims::content).toList();
	}

	@Override
	public void complete() throws SQLException {
		this.record.claim().events().forEach(this.record::completed);
		this.settlements.settle(this.connection, this.lane.lane(), this.record.settlement());
		this.connection.commit();
		this.lane.hasRead(this.request.fromId(), this.record.progress(this.request.held(), this.settledBefore));
	}

	private static Counted content(StoredEvent event) {
		String payload = new String(event.payload(), StandardCharsets.UTF_8);
		return new Counted(event.partitionKey(), Integer.parseInt(payload));
	}

}
