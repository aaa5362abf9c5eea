// EclipseLink (JPA): the scenarios of t/clients.pl in its own idiom, and the protocol of serve.py.
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import javax.persistence.CascadeType;
import javax.persistence.Entity;
import javax.persistence.EntityManager;
import javax.persistence.EntityManagerFactory;
import javax.persistence.FetchType;
import javax.persistence.GeneratedValue;
import javax.persistence.GenerationType;
import javax.persistence.Id;
import javax.persistence.JoinColumn;
import javax.persistence.MappedSuperclass;
import javax.persistence.OneToOne;
import javax.persistence.Persistence;
import javax.persistence.Table;

public class Client {
    static final int CLIENTS = 6;

    @Entity
    @Table(name = "parent")
    public static class Parent {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Integer id;
        String name;
        @OneToOne(mappedBy = "parent")
        Child child;
        // delete-orphan is relmap's: orphanRemoval deletes one of two that are swapped
        @OneToOne(mappedBy = "parent", cascade = CascadeType.REMOVE)
        Draft draft;
        @OneToOne(mappedBy = "parent", cascade = CascadeType.REMOVE)
        Profile profile;
    }

    @MappedSuperclass
    public abstract static class Row {
        @Id
        @GeneratedValue(strategy = GenerationType.IDENTITY)
        Integer id;
        String name;

        abstract void setParent(Parent parent);

        abstract Parent getParent();
    }

    @Entity
    @Table(name = "child")
    public static class Child extends Row {
        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "parent_id")
        Parent parent;

        void setParent(Parent parent) {
            this.parent = parent;
        }

        Parent getParent() {
            return parent;
        }
    }

    @Entity
    @Table(name = "draft")
    public static class Draft extends Row {
        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "parent_id")
        Parent parent;

        void setParent(Parent parent) {
            this.parent = parent;
        }

        Parent getParent() {
            return parent;
        }
    }

    @Entity
    @Table(name = "profile")
    public static class Profile extends Row {
        @OneToOne(fetch = FetchType.LAZY)
        @JoinColumn(name = "parent_id", nullable = false)
        Parent parent;

        void setParent(Parent parent) {
            this.parent = parent;
        }

        Parent getParent() {
            return parent;
        }
    }

    static EntityManagerFactory factory;

    static EntityManagerFactory open(String ddl) {
        Map<String, Object> options = new HashMap<>();
        // the server's socket is not to be had from Java
        options.put("javax.persistence.jdbc.url", System.getenv("RELMAP_JDBC"));
        options.put("javax.persistence.jdbc.driver", "org.postgresql.Driver");
        options.put("javax.persistence.jdbc.user", System.getenv("PGUSER"));
        options.put("javax.persistence.schema-generation.database.action", ddl);
        options.put("eclipselink.logging.level", "OFF");
        options.put("eclipselink.weaving", "false");
        options.put("eclipselink.jdbc.connection_pool.default.max", "10");
        return Persistence.createEntityManagerFactory("client", options);
    }

    static void tables() {
        factory.close();
        factory = open("create");
        factory.createEntityManager().close();
    }

    /** Do something in a transaction of its own. */
    static void work(Consumer<EntityManager> work) {
        EntityManager manager = factory.createEntityManager();
        try {
            manager.getTransaction().begin();
            work.accept(manager);
            manager.getTransaction().commit();
        } finally {
            if (manager.getTransaction().isActive()) {
                manager.getTransaction().rollback();
            }
            manager.close();
        }
    }

    static <T extends Row> T make(EntityManager manager, Class<T> type, String name, Integer parent) {
        try {
            T row = type.getDeclaredConstructor().newInstance();
            row.name = name;
            row.setParent(manager.find(Parent.class, parent));
            manager.persist(row);
            return row;
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }

    static void create(Class<? extends Row> type) {
        work(manager -> make(manager, type, "n", 1));
    }

    static void unset(Class<? extends Row> type) {
        work(manager -> manager.find(type, 1).setParent(null));
    }

    static void move(Class<? extends Row> type) {
        work(manager -> manager.find(type, 1).setParent(manager.find(Parent.class, 2)));
    }

    static void swap(Class<? extends Row> type) {
        work(manager -> {
            Row one = manager.find(type, 1);
            Row two = manager.find(type, 2);
            Parent mine = one.getParent();
            one.setParent(two.getParent());
            two.setParent(mine);
        });
    }

    static void twoSessions() {
        for (int i = 0; i < 2; i++) {
            String name = i == 0 ? "n" : "m";
            work(manager -> make(manager, Child.class, name, 3));
        }
    }

    static void saveTwice() {
        work(manager -> {
            Child child = make(manager, Child.class, "n", 1);
            manager.flush();
            child.name = "m";
        });
    }

    static void atOnce() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(CLIENTS);
        try {
            for (Future<Object> done : threads.invokeAll(java.util.Collections.nCopies(CLIENTS, (Callable<Object>) () -> {
                create(Child.class);
                return null;
            }))) {
                done.get();
            }
        } finally {
            threads.shutdown();
        }
    }

    /** Save a child that was replaced since it was read. */
    static void stale() {
        Child[] child = new Child[1];
        work(manager -> child[0] = manager.find(Child.class, 1));
        work(manager -> {
            manager.createNativeQuery("UPDATE child SET parent_id = NULL WHERE id = 1").executeUpdate();
            make(manager, Child.class, "n", 1);
        });
        child[0].name = "m";
        work(manager -> manager.merge(child[0]));
    }

    static void staleChanged() {
        work(manager -> {
            Child child = manager.find(Child.class, 1);
            manager.createNativeQuery("UPDATE child SET parent_id = NULL WHERE id = 1").executeUpdate();
            manager.createNativeQuery("INSERT INTO child (name, parent_id) VALUES ('n', 1)").executeUpdate();
            child.name = "m";
        });
    }

    static String sqlstate(Throwable error) {
        for (; error != null; error = error.getCause()) {
            if (error instanceof SQLException && ((SQLException) error).getSQLState() != null) {
                return ((SQLException) error).getSQLState();
            }
        }
        return "error";
    }

    interface ThrowingRunnable {
        void run() throws Exception;
    }

    public static void main(String[] arguments) throws Exception {
        Map<String, ThrowingRunnable> scenarios = new HashMap<>();
        scenarios.put("tables", Client::tables);
        scenarios.put("create", () -> create(Child.class));
        scenarios.put("assign", () -> create(Child.class));
        scenarios.put("save_twice", Client::saveTwice);
        scenarios.put("unset", () -> unset(Child.class));
        scenarios.put("move", () -> move(Child.class));
        scenarios.put("swap", () -> swap(Child.class));
        scenarios.put("swap_bulk", () -> work(manager ->
            manager.createNativeQuery("UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2)").executeUpdate()));
        scenarios.put("create_bulk", () -> work(manager -> {
            make(manager, Child.class, "n", 1);
            make(manager, Child.class, "m", 2);
        }));
        scenarios.put("two_sessions", Client::twoSessions);
        scenarios.put("at_once", Client::atOnce);
        scenarios.put("stale", Client::stale);
        scenarios.put("stale_changed", Client::staleChanged);
        scenarios.put("draft_create", () -> create(Draft.class));
        scenarios.put("draft_assign", () -> create(Draft.class));
        scenarios.put("draft_unset", () -> unset(Draft.class));
        scenarios.put("draft_move", () -> move(Draft.class));
        scenarios.put("draft_swap", () -> swap(Draft.class));
        scenarios.put("draft_parent", () -> work(manager -> manager.remove(manager.find(Parent.class, 1))));
        scenarios.put("profile_create", () -> create(Profile.class));
        scenarios.put("profile_assign", () -> create(Profile.class));
        scenarios.put("profile_move", () -> move(Profile.class));

        factory = open("none");
        System.out.println("EclipseLink " + org.eclipse.persistence.Version.getVersion().replaceAll("\\.v.*", ""));
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = input.readLine()) != null;) {
            ThrowingRunnable scenario = scenarios.get(line.trim());
            String answer = scenario == null ? "none" : "ok";
            try {
                if (scenario != null) {
                    scenario.run();
                }
            } catch (Exception error) {
                answer = sqlstate(error) + " " + error.getMessage();
            }
            System.out.println(answer.replaceAll("\\s+", " "));
        }
        System.exit(0);
    }
}
