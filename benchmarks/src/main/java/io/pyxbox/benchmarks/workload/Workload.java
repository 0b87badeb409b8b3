package io.pyxbox.benchmarks.workload;

import java.util.List;

import io.pyxbox.benchmarks.contender.ContenderType;
import io.pyxbox.benchmarks.event.Handling;
import io.pyxbox.benchmarks.report.Section;

/**
 * Work that several contenders do in turns.
 */
public interface Workload {

	/** Those who are measured at everything: the limit, pyxbox and the fastest peers. */
	List<ContenderType> MAIN_CONTENDERS = List.of(ContenderType.HAND, ContenderType.PYXBOX,
			ContenderType.NAMASTACK_TUNED, ContenderType.DB_SCHEDULER_TUNED);

	/**
	 * Returns the name, as in options.
	 * @return a name in lower case
	 */
	String name();

	/**
	 * Returns what is done.
	 * @return half a sentence
	 */
	String about();

	/**
	 * Lets the contenders work.
	 * @param bench what they work on
	 * @return what was measured
	 */
	List<Section> run(Bench bench);

	/**
	 * Returns all workloads.
	 * @return the workloads, in the order in which they run
	 */
	static List<Workload> all() {
		return List.of(new Emit(), new Drain("drain", "Drain, handler that does nothing", Handling.NOTHING,
				List.of(ContenderType.HAND, ContenderType.PYXBOX, ContenderType.NAMASTACK_TUNED,
						ContenderType.DB_SCHEDULER_TUNED, ContenderType.GRUELBOX_TUNED, ContenderType.MODULITH_TUNED,
						ContenderType.NAMASTACK_DEFAULT, ContenderType.DB_SCHEDULER_DEFAULT, ContenderType.SEED)),
				new Drain("drain-insert", "Drain, handler that inserts a row", Handling.INSERT,
						List.of(ContenderType.HAND, ContenderType.PYXBOX, ContenderType.PYXBOX_CHUNK,
								ContenderType.PYXBOX_LIST, ContenderType.NAMASTACK_TUNED,
								ContenderType.DB_SCHEDULER_TUNED, ContenderType.GRUELBOX_TUNED,
								ContenderType.MODULITH_TUNED, ContenderType.NAMASTACK_DEFAULT,
								ContenderType.DB_SCHEDULER_DEFAULT, ContenderType.SEED)),
				new Latency(), new Flat(), new HotKey(), new OrderPerKey(), new Instances(), new Distance(),
				new Receive(), new Idle());
	}

}
