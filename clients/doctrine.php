<?php
// Doctrine: the scenarios of t/clients.pl in its own idiom.

error_reporting(E_ALL & ~E_DEPRECATED);
require 'Doctrine/ORM/autoload.php';
require __DIR__ . '/serve.php';

use Doctrine\DBAL\DriverManager;
use Doctrine\ORM\Configuration;
use Doctrine\ORM\EntityManager;
use Doctrine\ORM\Mapping as ORM;
use Doctrine\ORM\Mapping\Driver\AttributeDriver;
use Doctrine\ORM\Tools\SchemaTool;

#[ORM\Entity]
#[ORM\Table('parent')]
class ParentRow
{
    #[ORM\Id, ORM\Column, ORM\GeneratedValue(strategy: 'IDENTITY')]
    public ?int $id = null;

    #[ORM\Column(type: 'text', nullable: true)]
    public ?string $name = null;

    #[ORM\OneToOne(targetEntity: Child::class, mappedBy: 'parent', cascade: ['persist'])]
    public ?Child $child = null;

    // delete-orphan is relmap's: orphanRemoval deletes one of two that are swapped
    #[ORM\OneToOne(targetEntity: Draft::class, mappedBy: 'parent', cascade: ['persist', 'remove'])]
    public ?Draft $draft = null;

    #[ORM\OneToOne(targetEntity: Profile::class, mappedBy: 'parent', cascade: ['persist', 'remove'])]
    public ?Profile $profile = null;
}

trait Row
{
    #[ORM\Id, ORM\Column, ORM\GeneratedValue(strategy: 'IDENTITY')]
    public ?int $id = null;

    #[ORM\Column(type: 'text', nullable: true)]
    public ?string $name = null;

    public function __construct(?string $name = null, ?ParentRow $parent = null)
    {
        $this->name = $name;
        $this->parent = $parent;
    }
}

#[ORM\Entity]
class Child
{
    use Row;

    #[ORM\OneToOne(targetEntity: ParentRow::class, inversedBy: 'child')]
    #[ORM\JoinColumn(name: 'parent_id')]
    public ?ParentRow $parent = null;
}

#[ORM\Entity]
class Draft
{
    use Row;

    #[ORM\OneToOne(targetEntity: ParentRow::class, inversedBy: 'draft')]
    #[ORM\JoinColumn(name: 'parent_id')]
    public ?ParentRow $parent = null;
}

#[ORM\Entity]
class Profile
{
    use Row;

    #[ORM\OneToOne(targetEntity: ParentRow::class, inversedBy: 'profile')]
    #[ORM\JoinColumn(name: 'parent_id', nullable: false)]
    public ?ParentRow $parent = null;
}

/** A new entity manager, on a connection of its own. */
function manager(): EntityManager
{
    $configuration = new Configuration();
    $configuration->setMetadataDriverImpl(new AttributeDriver([]));
    $configuration->setNamingStrategy(new Doctrine\ORM\Mapping\UnderscoreNamingStrategy(CASE_LOWER, true));
    $configuration->setProxyDir(sys_get_temp_dir() . '/relmap_proxies_' . posix_getpid());
    $configuration->setProxyNamespace('Proxies');
    $configuration->setAutoGenerateProxyClasses(Doctrine\Common\Proxy\AbstractProxyFactory::AUTOGENERATE_EVAL);
    $connection = DriverManager::getConnection([
        'driver' => 'pdo_pgsql',
        'host' => getenv('PGHOST'),
        'port' => getenv('PGPORT'),
        'user' => getenv('PGUSER'),
        'dbname' => getenv('PGDATABASE'),
    ]);
    return new EntityManager($connection, $configuration);
}

function tables(): void
{
    $manager = manager();
    (new SchemaTool($manager))->createSchema(array_map(
        [$manager, 'getClassMetadata'],
        [ParentRow::class, Child::class, Draft::class, Profile::class]
    ));
}

/** Do something in a unit of work of its own. */
function work(callable $work): void
{
    $manager = manager();
    $work($manager);
    $manager->flush();
    $manager->getConnection()->close();
}

function create(string $class): void
{
    work(fn ($m) => $m->persist(new $class('n', $m->find(ParentRow::class, 1))));
}

function assign(string $attribute, string $class): void
{
    work(function ($m) use ($attribute, $class) {
        $parent = $m->find(ParentRow::class, 1);
        if ($parent->$attribute && $attribute !== 'profile') {
            $parent->$attribute->parent = null;
        }
        $parent->$attribute = new $class('n', $parent);
    });
}

function save_twice(): void
{
    work(function ($m) {
        $child = new Child('n', $m->find(ParentRow::class, 1));
        $m->persist($child);
        $m->flush();
        $child->name = 'm';
    });
}

function unset_child(string $class): void
{
    work(fn ($m) => $m->find($class, 1)->parent = null);
}

function move(string $class): void
{
    work(fn ($m) => $m->find($class, 1)->parent = $m->find(ParentRow::class, 2));
}

function swap(string $class): void
{
    work(function ($m) use ($class) {
        [$one, $two] = [$m->find($class, 1), $m->find($class, 2)];
        [$one->parent, $two->parent] = [$two->parent, $one->parent];
    });
}

function two_sessions(): void
{
    [$first, $second] = [manager(), manager()];
    $parents = [$first->find(ParentRow::class, 3), $second->find(ParentRow::class, 3)];
    if ($parents[0]->child || $parents[1]->child) {
        throw new RuntimeException('there is a child');
    }
    $first->persist(new Child('n', $parents[0]));
    $first->flush();
    $second->persist(new Child('m', $parents[1]));
    $second->flush();
    $first->getConnection()->close();
    $second->getConnection()->close();
}

/** Save a child that was replaced since it was read. */
function stale(): void
{
    work(function ($m) {
        $child = $m->find(Child::class, 1);
        $m->getConnection()->executeStatement('UPDATE child SET parent_id = NULL WHERE id = 1');
        $m->getConnection()->executeStatement("INSERT INTO child (name, parent_id) VALUES ('n', 1)");
        $child->name = 'm';
    });
}

serve('Doctrine', version_of('php-doctrine-orm'), [
    'tables' => fn () => tables(),
    'create' => fn () => create(Child::class),
    'assign' => fn () => assign('child', Child::class),
    'save_twice' => fn () => save_twice(),
    'unset' => fn () => unset_child(Child::class),
    'move' => fn () => move(Child::class),
    'swap' => fn () => swap(Child::class),
    'swap_bulk' => fn () => work(fn ($m) => $m->getConnection()->executeStatement(
        'UPDATE child SET parent_id = 3 - parent_id WHERE id IN (1, 2)'
    )),
    'create_bulk' => fn () => work(function ($m) {
        $m->persist(new Child('n', $m->find(ParentRow::class, 1)));
        $m->persist(new Child('m', $m->find(ParentRow::class, 2)));
    }),
    'two_sessions' => fn () => two_sessions(),
    'at_once' => fn () => at_once(fn () => create(Child::class)),
    'stale' => fn () => stale(),
    'stale_changed' => fn () => stale(),
    'draft_create' => fn () => create(Draft::class),
    'draft_assign' => fn () => assign('draft', Draft::class),
    'draft_unset' => fn () => unset_child(Draft::class),
    'draft_move' => fn () => move(Draft::class),
    'draft_swap' => fn () => swap(Draft::class),
    'draft_parent' => fn () => work(fn ($m) => $m->remove($m->find(ParentRow::class, 1))),
    'profile_create' => fn () => create(Profile::class),
    'profile_assign' => fn () => assign('profile', Profile::class),
    'profile_move' => fn () => move(Profile::class),
]);
